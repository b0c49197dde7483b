"""Early warnings of companies with contracts or a list of who left: who, when again, what became of them, and how they did."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from dangol.core.store import Alert
from dangol.faces.web import create_app
from dangol.workspace.adding import add_sources
from dangol.workspace.alerts import AGAIN, Said, is_new
from dangol.workspace.candidates import CONTRACTS, LIST, ORDERS, Candidate, in_turn, proof, signs_of
from dangol.workspace.company import Company
from dangol.workspace.starting import start_company

END = datetime(2026, 6, 30)
DAY = timedelta(days=1)
# Chance of ending within thirty days by plan.
PLANS = {"basic": 0.15, "plus": 0.04, "family": 0.01}
PER_WEEK = 8


def contract_rows(count: int = 3_000) -> list[dict[str, Any]]:
    dice, rows = Random(4), []
    for number in range(count):
        plan = dice.choice(list(PLANS))
        start = at = END - DAY * dice.uniform(40, 700)
        ended = None
        while at < END and ended is None:
            at += 30 * DAY
            if dice.random() < PLANS[plan]:
                ended = at - DAY * dice.uniform(0, 30)
        rows.append({"number": number, "plan": plan, "start": start, "end": ended, "fee": dice.choice([9_900, 29_900])})
    return rows


def written(rows: list[dict[str, Any]]) -> str:
    lines = ["contract_id,customer_ref,started_at,plan,monthly_fee,ended_at"]
    for row in rows:
        ended = "" if row["end"] is None or row["end"] > END else f"{row['end']:%Y-%m-%d %H:%M:%S}"
        lines.append(f"k{row['number']},c{row['number']},{row['start']:%Y-%m-%d %H:%M:%S},{row['plan']},{row['fee']},{ended}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def subscribed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Company, list[dict[str, Any]]]:
    """Subscribers whose company ran five weeks ago, three days before the end, and at it."""
    base, rows = tmp_path_factory.mktemp("subscribed"), contract_rows()
    (base / "contracts.csv").write_text(written(rows), encoding="utf-8")
    (base / "dangol.yaml").write_text(
        "company: {name: 구독, zone: UTC, currency: KRW}\nengine: {threads: 1}\nsources:\n"
        "  - {name: contracts, files: [contracts.csv], table: contracts, system: shop}\n"
        f"early_warning: {{per_week: {PER_WEEK}, owner: 수진}}\n",
        encoding="utf-8",
    )
    company = Company.open(base)
    for days in (35, 3, 0):
        company.run(as_of=END - DAY * days)
    return company, rows


def stored(company: Company) -> list[Alert]:
    with company.store.session() as session:
        return list(session.scalars(select(Alert).order_by(Alert.alert_id)))


def numbers(company: Company) -> dict[int, int]:
    rows = company.snapshot.duck.cursor().rows("select customer_id, customer_ref from identity_map")
    return {row["customer_id"]: int(row["customer_ref"].removeprefix("c")) for row in rows}


def test_no_week_has_more_than_the_team_can_take_and_nobody_comes_twice_within_a_quarter(
    subscribed: tuple[Company, list[dict[str, Any]]],
) -> None:
    rows = stored(subscribed[0])
    assert [row.as_of for row in rows] == [END - 35 * DAY] * PER_WEEK + [END - 3 * DAY] * PER_WEEK
    assert len({row.customer_id for row in rows}) == len(rows)
    assert {(row.basis, row.owner) for row in rows} == {(CONTRACTS, "수진")}
    assert subscribed[0].alerts.raise_new() == 0


def test_those_who_end_often_are_warned_about(subscribed: tuple[Company, list[dict[str, Any]]]) -> None:
    company, truth = subscribed
    known = numbers(company)
    assert {truth[known[row.customer_id]]["plan"] for row in stored(company)} == {"basic"}


def test_what_became_of_them_is_what_the_contracts_say(subscribed: tuple[Company, list[dict[str, Any]]]) -> None:
    company, truth = subscribed
    known, states = numbers(company), set()
    for each in company.alerts.all():
        end = truth[known[each.customer_id]]["end"]
        over = each.days_left is not None and END - each.as_of >= timedelta(days=each.days_left)
        wanted = "left" if end is not None and end < END else "stayed" if over else "open"
        assert each.state == wanted
        assert each.days_left == pytest.approx(30)
        states.add(each.state)
    assert states == {"left", "stayed", "open"}


def test_what_is_at_stake_are_the_fees_of_a_year_times_the_chance(subscribed: tuple[Company, list[dict[str, Any]]]) -> None:
    company, truth = subscribed
    known = numbers(company)
    for each in company.alerts.all():
        most = Decimal(truth[known[each.customer_id]]["fee"] * 12) * Decimal(repr(each.chance))
        assert each.stake is not None
        assert 0 < each.stake <= most + Decimal("0.01")


def test_how_they_did_is_told_beside_the_rule_and_the_lot(subscribed: tuple[Company, list[dict[str, Any]]]) -> None:
    company, _ = subscribed
    (found,) = company.alerts.proofs
    assert (found.basis, found.horizon_days) == (CONTRACTS, 30)
    # the true rate of those who end often, of everybody who is still there, and between the two by age alone
    assert found.precision == pytest.approx(PLANS["basic"], abs=0.06)
    assert found.by_chance < found.precision
    assert found.by_rule < found.precision
    card = company.card("contract_churn")
    assert card.judgement is not None
    # ends come at any day of the thirty alike
    assert found.lead_days == pytest.approx(15, abs=8)
    assert found.warnings == sum(each["count"] for each in card.judgement.calibration) // 10
    assert proof(CONTRACTS, replace(card, scored=0)) is None
    assert proof(CONTRACTS, None) is None


def test_page_command_and_api_show_them_in_both_languages(subscribed: tuple[Company, list[dict[str, Any]]]) -> None:
    company, _ = subscribed
    with TestClient(create_app(company), base_url="http://127.0.0.1") as client:
        titles = {"ko": ("지금 챙겨야 할 고객", "충성도: 계약"), "en": ("Whom to look after now", "Loyalty: Contract")}
        for language, (whom, what) in titles.items():
            page = client.get("/keep", headers={"accept-language": language}).text
            assert whom in page
            assert what in page
            shown = page.count('class="inline"><input name="owner"')
            assert shown == sum(each.state == "open" for each in company.alerts.all())
        assert "Overdue" not in page
        sent = client.get("/api/v1/alerts", params={"state": "left"}).json()
        assert sent["total"] == sum(each.state == "left" for each in company.alerts.all()) > 0
        assert sent["proofs"][0]["precision"] == company.alerts.proofs[0].precision
        assert sent["alerts"][0]["reasons_ko"][0].startswith("충성도: 계약")
        page = client.get("/keep?state=stayed", headers={"accept-language": "ko"}).text
        assert "계속 이용" in page


def test_a_list_warns_about_whom_it_resembles_most_and_knows_no_days(tmp_path: Path) -> None:
    dice = Random(5)
    lines = ["고객번호,이탈여부,월요금,불만건수,가입개월"]
    for number in range(3_000):
        complaints, months = min(4, int(dice.expovariate(1))), dice.randint(1, 40)
        left = dice.random() < 0.03 + 0.2 * complaints + 0.3 * (months < 10)
        lines.append(f"M{number},{'이탈' if left else '유지'},29900,{complaints},{months}")
    (tmp_path / "회원.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    start_company(tmp_path, name="통신", zone="Asia/Seoul", currency="KRW", language="ko")
    add_sources(tmp_path, [tmp_path / "회원.csv"])
    company = Company.open(tmp_path)
    company.run()
    found = company.alerts.all()
    assert len(found) == company.settings.early_warning.per_week
    assert {(each.basis, each.days_left, each.state) for each in found} == {(LIST, None, "open")}
    assert [each.signs[0] for each in found].count("service") > len(found) / 2
    first = next(each for each in found if each.signs[0] == "service")
    assert "불만건수" in first.why("ko")[0]
    assert first.action == "Call, ask what went wrong and put it right"
    least = min(each.chance for each in found)
    better = company.snapshot.duck.value("select count(*) from profile where listed_churn_probability > ?", [least])
    assert better <= len(found)
    (told,) = company.alerts.proofs
    assert told.horizon_days is None
    assert told.precision > told.by_chance
    company.alerts.act(found[0].alert_id, Said(state="done", note="통화함"), who="minji")
    assert {each.alert_id: each.state for each in company.alerts.all()}[found[0].alert_id] == "done"


def candidate(basis: str, since: datetime = END) -> Candidate:
    return Candidate(1, basis, since, 0.5, None, 10.0, ("late",), None)


def alert(basis: str, as_of: datetime, since: datetime = END) -> Alert:
    return Alert(customer_id=1, basis=basis, since=since, as_of=as_of)


@pytest.mark.parametrize(
    ("found", "earlier", "new"),
    [
        (candidate(ORDERS), [], True),
        (candidate(ORDERS), [alert(ORDERS, END - 300 * DAY)], False),
        (candidate(ORDERS, END - DAY), [alert(ORDERS, END - 30 * DAY)], True),
        (candidate(ORDERS, END - DAY), [alert(CONTRACTS, END - 3 * DAY)], False),
        (candidate(CONTRACTS), [alert(LIST, END - AGAIN + DAY)], False),
        (candidate(CONTRACTS), [alert(CONTRACTS, END - AGAIN)], True),
        (candidate(LIST), [alert(ORDERS, END - 8 * DAY)], True),
        (candidate(LIST), [alert(ORDERS, END - 6 * DAY)], False),
    ],
)
def test_a_silence_is_warned_about_once_and_others_once_a_quarter(found: Candidate, earlier: list[Alert], new: bool) -> None:
    assert is_new(found, earlier, END) is new


def test_bases_take_turns_and_nobody_is_named_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    orders = [replace(candidate(ORDERS), customer_id=number) for number in (1, 2, 3, 4)]
    contracts = [replace(candidate(CONTRACTS), customer_id=number) for number in (1, 9)]
    monkeypatch.setattr("dangol.workspace.candidates.by_orders", lambda *_: orders)
    monkeypatch.setattr("dangol.workspace.candidates.by_score", lambda _, basis, most: contracts if basis == CONTRACTS else [])
    found = [(each.customer_id, each.basis) for each in in_turn(None, Path(), 5)]  # type: ignore[arg-type]
    assert found == [(1, ORDERS), (2, ORDERS), (9, CONTRACTS), (3, ORDERS), (4, ORDERS)]


def test_the_cause_is_that_of_the_strongest_reason_that_raises_the_chance() -> None:
    assert signs_of("contract:-2;service:+1.5;visits:+0.2;price:+0.1", None) == ("service", "reason:service", "reason:visits")
    assert signs_of("contract:+2", None) == ("loyalty", "reason:contract")
    assert signs_of("tenure:-2", None) == ("other",)
    assert signs_of("Satisfaction Score:+1;listed_fee:+0.5", "service") == (
        "service", "column:Satisfaction Score", "column:listed_fee",
    )  # fmt: skip
