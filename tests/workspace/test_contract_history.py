"""What contracts are worth, and what can be learnt from them, rests on the contracts' own moments."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

from dangol.workspace.company import Company

HEADER = "customer_ref,contract_id,started_at,ended_at,monthly_fee"


def contracts(base: Path, rows: list[str], more: str = "") -> Company:
    """A company with a file of contracts."""
    base.mkdir(parents=True, exist_ok=True)
    (base / "contracts.csv").write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    head = "company: {name: 구독, language: ko, zone: Asia/Seoul, currency: KRW}\nengine: {threads: 1}\nsources:\n"
    (base / "dangol.yaml").write_text(
        f"{head}  - {{name: contracts, files: [contracts.csv], table: contracts}}\n{more}", encoding="utf-8"
    )
    return Company.open(base)


def test_a_contract_that_ended_on_the_day_it_began_has_brought_nothing(tmp_path):
    """Ended on a date without a time, so seemingly hours before it began; a year of the other is twelve fees."""
    rows = ["a,1,2025-01-01 00:00,2026-01-01 00:00,100", "b,2,2025-05-05 20:00,2025-05-05,1000000"]
    company = contracts(tmp_path / "subscribed", rows)
    company.run(as_of=datetime(2026, 2, 1))
    _, answer = company.ask("V14")
    billed = next(row for row in answer.rows if row[0] == "billed")
    assert billed[3] == Decimal("1199.18"), "365 days of a fee of 100 for 30.4375 days"
