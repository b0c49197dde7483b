"""What contracts are worth, and what can be learnt from them, rests on the contracts' own moments."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

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


def several(dice: Random, end: datetime) -> list[tuple[str, datetime, datetime | None, int]]:
    """Contracts of 300 customers, up to three each, on the company's clock; a third of them ended."""
    found = []
    for customer in range(300):
        for _ in range(dice.choice([1, 1, 2, 3])):
            start = end - timedelta(days=dice.uniform(1, 1000))
            over = start + timedelta(days=dice.uniform(-5, 900))
            found.append((f"c{customer}", start, over if over < end and dice.random() < 0.7 else None, dice.randint(1, 9) * 1000))
    return found


def paid(known: list[tuple[str, datetime, datetime | None, int]], moment: datetime) -> Counter[str]:
    """What every customer with a running contract pays a month."""
    found: Counter[str] = Counter()
    for customer, start, over, fee in known:
        if start < moment and (over is None or (over >= moment and over > start)):
            found[customer] += fee
    return found


def test_recurring_revenue_moves_by_what_is_lost_contracted_expanded_and_new(tmp_path):
    """K7, recomputed contract by contract: who left, what of the fees stayed gross and net, and that it adds up."""
    end = datetime(2026, 7, 10)
    known = several(Random(11), end)
    rows = [f"{who},{place},{start:%Y-%m-%d %H:%M:%S},{over:%Y-%m-%d %H:%M:%S},{fee}" if over else
            f"{who},{place},{start:%Y-%m-%d %H:%M:%S},,{fee}" for place, (who, start, over, fee) in enumerate(known)]  # fmt: skip
    off = "".join(f"  {name}: {{active: false}}\n" for name in (*OTHERS, "contract_churn", "contract_value"))
    company = contracts(tmp_path / "several", rows, f"predictions:\n{off}")
    company.run(as_of=end - timedelta(hours=9))
    question, answer = company.ask("K7")
    table = [dict(zip([each[0] for each in answer.columns], row, strict=True)) for row in answer.rows]
    assert [f"{row['month']:%Y-%m}" for row in table][::11] == ["2026-06", "2025-07"]
    for row in table:
        start = datetime(row["month"].year, row["month"].month, 1)
        following = (start + timedelta(days=31)).replace(day=1)
        then, now, year_ago = (paid(known, each) for each in (start, following, following.replace(year=following.year - 1)))
        assert (row["customer_count"], row["lost_count"]) == (len(then), len(then.keys() - now.keys()))
        assert row["logo_churn"] == pytest.approx(row["lost_count"] / row["customer_count"])
        assert row["new_count"] == len(now.keys() - then.keys())
        assert row["mrr"] == then.total()
        assert row["mrr"] - row["lost_mrr"] - row["contraction_mrr"] + row["expansion_mrr"] + row["new_mrr"] == now.total()
        assert row["gross_retention"] == pytest.approx(sum(min(fee, now[who]) for who, fee in then.items()) / then.total())
        assert row["net_retention"] == pytest.approx(sum(now[who] for who in then) / then.total())
        gross = sum(min(fee, now[who]) for who, fee in year_ago.items())
        assert row["gross_retention_12m"] == pytest.approx(gross / year_ago.total())
        assert row["net_retention_12m"] == pytest.approx(sum(now[who] for who in year_ago) / year_ago.total())
    said = company.sentence(question, answer, "en")
    assert "at the beginning of Jun 2026" in said
    assert "told from the ends of contracts" in said
