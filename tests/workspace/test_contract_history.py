"""What contracts are worth, and what can be learnt from them, rests on the contracts' own moments."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from dangol.workspace.company import Company

HEADER = "customer_ref,contract_id,started_at,ended_at,monthly_fee"
OTHERS = ("churn", "lifetime_value", "second_order", "repurchase_30", "repurchase_90", "first_order", "next_order", "wallet")


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


def subscribers(base: Path, months: int, invoiced_days: int) -> Company:
    """Contracts begun over some months, of which many ended, and invoices of the last days."""
    dice, end = Random(4), datetime(2026, 6, 30)
    rows, invoices = [], []
    for place in range(1_200):
        start = end - timedelta(days=dice.uniform(1, 30 * months))
        over = start + timedelta(days=dice.uniform(1, 30 * months))
        gone = f"{over:%Y-%m-%d %H:%M}" if place % 3 and over < end else ""
        rows.append(f"c{place},{place},{start:%Y-%m-%d %H:%M},{gone},{9900 + place % 7}")
        paid = end - timedelta(days=dice.uniform(0.1, invoiced_days))
        invoices.append(f"i{place},c{place},{paid:%Y-%m-%d %H:%M},9900")
    base.mkdir(parents=True)
    text = "\n".join(["order_id,customer_ref,ordered_at,net_amount", *invoices]) + "\n"
    (base / "invoices.csv").write_text(text, encoding="utf-8")
    off = "".join(f"  {name}: {{active: false}}\n" for name in OTHERS)
    source = "  - {name: invoices, files: [invoices.csv], table: orders}\n"
    company = contracts(base, rows, f"{source}predictions:\n{off}")
    company.run(as_of=end)
    return company


def test_contracts_are_learnt_from_as_far_back_as_contracts_go(tmp_path):
    """Invoices of two months beside contracts of two years refuse nothing; invoices of two years do not make contracts older."""
    long = subscribers(tmp_path / "long", months=24, invoiced_days=60)
    for name in ("contract_churn", "contract_value"):
        assert long.card(name).judgement is not None, long.card(name).refusal
    young = subscribers(tmp_path / "young", months=1, invoiced_days=720)
    assert re.search(r"have (29|30) days of contracts", str(young.card("contract_churn").refusal))
