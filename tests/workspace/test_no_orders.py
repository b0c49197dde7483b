"""Companies without a single order: leads alone, contracts alone, and lists of persons without any moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import numpy as np
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from dangol.faces.web import create_app
from dangol.intake import deliveries
from dangol.workspace.company import Company
from dangol.workspace.worklist import Asked

END = datetime(2026, 6, 30)
BRANCHES = ("retail", "farming", "mining")
PAGES = (
    "/", "/ask", "/customers", "/customers/segments", "/customers/worklist", "/customers/leads", "/value", "/value/portfolio",
    "/value/vip", "/value/acquisition", "/value/growth", "/value/budget", "/keep", "/programmes", "/models", "/models/churn",
    "/data", "/data/sources", "/data/coverage", "/data/quality", "/data/identity", "/data/maturity", "/data/runs",
)  # fmt: skip


def company_of(base: Path, files: dict[str, str], settings: str = "") -> Company:
    for name, text in files.items():
        (base / f"{name}.csv").write_text(text, encoding="utf-8")
    sources = "".join(f"  - {{name: {name}, files: [{name}.csv], table: {name}}}\n" for name in files)
    (base / "dangol.yaml").write_text(
        f"company: {{name: 학원, zone: Asia/Seoul, currency: KRW}}\nengine: {{threads: 1}}\n{settings}sources:\n{sources}",
        encoding="utf-8",
    )
    company = Company.open(base)
    company.run()
    return company


def leads_text(dated: bool) -> str:
    """6,000 leads: those of one branch convert most; some said no to calls."""
    dice, rows = Random(4), []
    for place in range(6_000):
        source, branch = dice.choice(["fair", "search", "advert"]), BRANCHES[place % 3]
        converts = dice.random() < {"retail": 0.6, "farming": 0.25, "mining": 0.05}[branch]
        came = END - timedelta(days=dice.uniform(5, 300))
        then = came + timedelta(days=dice.uniform(1, 20))
        known = converts and then < END
        moments = f",{came:%Y-%m-%d %H:%M:%S},{then:%Y-%m-%d %H:%M:%S}" if known else f",{came:%Y-%m-%d %H:%M:%S},"
        rows.append(f"L{place:04d},{source},{branch},{int(known)},{'Yes' if place % 50 == 7 else 'No'}"
                    f"{moments if dated else ''}")  # fmt: skip
    header = "lead_ref,lead_source,Branch of trade,converted,Do Not Call" + (",created_at,converted_at" if dated else "")
    return "\n".join([header, *rows]) + "\n"


@pytest.fixture(scope="module", params=[False, True], ids=["undated", "dated"])
def school(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Company, bool]:
    base = tmp_path_factory.mktemp("school")
    return company_of(base, {"leads": leads_text(request.param)}), request.param


def test_leads_alone_are_prospects_with_scores(school: tuple[Company, bool]) -> None:
    company, dated = school
    identity = company.snapshot.meta["identity"]
    assert (identity["customer_count"], identity["order_count"]) == (6_000, 0)
    assert company.customers.count() == 6_000
    if dated:
        last = company.snapshot.duck.value("select max(created_at) from facts_leads")
        assert last < company.snapshot.as_of <= last + timedelta(days=1)
    else:
        loaded = deliveries(company.root)[0].loaded_at or ""
        assert timedelta(0) < company.snapshot.as_of - datetime.fromisoformat(loaded) <= timedelta(days=1)
    card = company.lead_card
    assert card is not None
    assert card.judgement is not None, card.refusal
    assert card.scored == card.open > 0


def test_where_no_lead_has_a_value_the_likeliest_are_called_first(school: tuple[Company, bool], tmp_path: Path) -> None:
    company, _ = school
    lists = company.worklists
    found = lists.plan(Asked("leads", 10, 15))
    assert not found.valued
    assert found.chosen == 40
    scores = company.snapshot.duck.rows("select lead_ref, lead_probability, lead_source from lead_scores where not refuses_calls")
    best = sorted((row["lead_probability"] for row in scores), reverse=True)[:40]
    assert found.worth == pytest.approx(sum(best), abs=0.01)
    assert {BRANCHES[int(row["lead_ref"][1:]) % 3] for row in found.rows} == {"retail"}
    assert found.uncallable == company.snapshot.duck.value("select count(*) from lead_scores where refuses_calls") > 0
    lists.write(Asked("leads", 10_000, 15), tmp_path / "all.parquet")
    called = pq.read_table(tmp_path / "all.parquet").column("lead_ref").to_pylist()
    assert not [ref for ref in called if int(ref[1:]) % 50 == 7]
    first = company.ask("L1")[1]
    chance = [column[0] for column in first.columns].index("lead_probability")
    assert np.diff([row[chance] for row in first.rows]).max() <= 0


def test_prospects_who_will_buy_are_leads_where_there_are_no_visitors(school: tuple[Company, bool]) -> None:
    """T5 by the chance to convert; who refuses calls is no candidate for one."""
    company, _ = school
    _, answer = company.ask("T5")
    assert answer.answerable
    names = [column[0] for column in answer.columns]
    rows = [dict(zip(names, row, strict=True)) for row in answer.rows]
    true = company.snapshot.duck.rows("""
        select lead_ref, lead_probability as chance from lead_scores where not refuses_calls
        order by lead_probability desc, lead_ref limit 100""")
    assert [(row["lead_ref"], row["first_order_probability"]) for row in rows] == [
        (row["lead_ref"], row["chance"]) for row in true
    ]
    assert {row["incentive"] for row in rows} == {"sales_call"}
    mean = company.snapshot.duck.value("select avg(lead_probability) from lead_scores where not refuses_calls")
    assert rows[0]["times_average"] == pytest.approx(true[0]["chance"] / mean)


def test_numbers_of_leads_that_are_addresses_are_covered(tmp_path: Path) -> None:
    """Some systems number leads by their e-mail; no answer shows one."""
    lines = leads_text(dated=False).splitlines()
    mailed = [lines[0], *(f"person{place}@example.com,{line.partition(',')[2]}" for place, line in enumerate(lines[1:]))]
    company = company_of(tmp_path, {"leads": "\n".join(mailed) + "\n"})
    for number in ("L1", "T5"):
        _, answer = company.ask(number)
        assert answer.answerable
        assert "@example" not in str(answer.rows)


def test_a_prospect_who_asks_to_be_forgotten_is_gone_and_stays_out(tmp_path: Path) -> None:
    company = company_of(tmp_path, {"leads": leads_text(dated=True)})
    row = company.snapshot.duck.rows("select customer_id from facts_leads where lead_ref = 'L0042'")[0]
    company.forget(company.to_forget(str(row["customer_id"])), who="test", reason="asked")
    company.run()
    left = company.snapshot.duck.rows("select lead_ref from facts_leads")
    assert len(left) == 5_999
    assert {"lead_ref": "L0042"} not in left
    kept = [path for path in company.root.rglob("*.parquet") if b"L0042" in path.read_bytes()]
    assert kept == []
    again = (tmp_path / "leads.csv").read_text(encoding="utf-8") + "L9999,fair,retail,0,No,2026-01-01 00:00:00,\n"
    (tmp_path / "leads.csv").write_text(again, encoding="utf-8")
    company.run()
    assert company.snapshot.duck.value("select count(*) from facts_leads where lead_ref in ('L0042', 'L9999')") == 1


def test_no_page_breaks_without_orders(school: tuple[Company, bool]) -> None:
    company, _ = school
    client = TestClient(create_app(company), base_url="http://127.0.0.1", raise_server_exceptions=False)
    number = company.snapshot.duck.value("select min(customer_id) from profile")
    questions = [f"/ask/{name}" for name in company.registry.questions]
    programmes = [f"/programmes/{name}" for name in company.registry.programmes]
    broken = {
        path: status
        for path in (*PAGES, f"/customers/{number}", *questions, *programmes)
        if (status := client.get(path).status_code) != 200
    }
    assert broken == {}
    assert client.get("/api/v1/customers").json()["total"] == 6_000


def test_running_again_changes_nothing(school: tuple[Company, bool]) -> None:
    company, _ = school
    before = company.snapshot.pointer.run_id
    company.run()
    assert company.snapshot.pointer.run_id == before


def test_leads_beside_customers_are_nobodys_until_a_number_says_whose(tmp_path: Path) -> None:
    """A lead's own number is not taken for a customer's where customers have numbers: L0001 may be both."""
    members = "customer_ref,registered_at\n" + "".join(f"L{number:04d},2025-01-0{1 + number % 9}\n" for number in range(50))
    company = company_of(tmp_path, {"leads": leads_text(dated=True), "customers": members})
    assert company.snapshot.meta["identity"]["customer_count"] == 50
    assert company.snapshot.duck.value("select count(*) from facts_leads where customer_id is not null") == 0


def test_contracts_alone_tell_who_may_end_them(tmp_path: Path) -> None:
    """A company that sells subscriptions and delivers no invoices: the cheap plan ends four times as often."""
    dice, rows = Random(8), []
    for customer in range(2_500):
        plan = dice.choice(["basic", "family"])
        start = at = END - timedelta(days=dice.uniform(40, 720))
        ended = ""
        while at < END and not ended:
            at += timedelta(days=30)
            gone = at - timedelta(days=dice.uniform(0, 30))
            if dice.random() < (0.10 if plan == "basic" else 0.025) and gone < END:
                ended = f"{gone:%Y-%m-%d %H:%M:%S}"
        rows.append(f"k{customer},c{customer},{start:%Y-%m-%d %H:%M:%S},{plan},9900,{ended}")
    text = "\n".join(["contract_id,customer_ref,started_at,plan,monthly_fee,ended_at", *rows]) + "\n"
    company = company_of(tmp_path, {"contracts": text})
    card = company.card("contract_churn")
    assert card.judgement is not None, card.refusal
    assert card.judgement.good_enough
    chances = {row["contract_plan"]: row["chance"] for row in company.snapshot.duck.rows("""
        select contract_plan, avg(contract_churn_probability) as chance from profile
        where contract_churn_probability is not null group by 1""")}  # fmt: skip
    assert chances["basic"] > 2 * chances["family"]
