"""The early-warning feed on a company with known truth: capacity, states, who did what, and what past weeks showed."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from dangol.core.errors import ConfigError, UnknownName
from dangol.core.store import Alert, Audit, broken_link
from dangol.simulate import Plan, simulate
from dangol.simulate.company import read_truth
from dangol.workspace.alerts import ACTIONS, SIGNS, STATES, Said
from dangol.workspace.company import Company
from dangol.workspace.warning import FILE

CAUSES = ("price", "service", "loyalty", "communication", "other")
END = datetime(2026, 10, 31, 15)


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A company that ran two weeks ago, three days ago and now, and can look after six customers a week."""
    base = tmp_path_factory.mktemp("warned")
    simulate(base, Plan(customers=1_500, seed=12, korean=False, event_volume=0, message_volume=0.5))
    settings = base / "dangol.yaml"
    switched = "".join(f"  {name}: {{active: false}}\n" for name in OFF)
    settings.write_text(f"{settings.read_text()}\nearly_warning: {{per_week: 6, owner: 김단골}}\npredictions:\n{switched}")
    company = Company.open(base)
    for days in (14, 3, 0):
        company.run(as_of=END - timedelta(days=days))
    return company


OFF = ("churn", "second_order", "repurchase_30", "repurchase_90", "first_order", "next_order")


def stored(company):
    with company.store.session() as session:
        return list(session.scalars(select(Alert)))


def test_no_week_has_more_alerts_than_the_team_can_take(lived):
    moments = [row.as_of for row in stored(lived)]
    assert sorted(set(moments)) == [END - timedelta(days=14), END - timedelta(days=3)]
    assert [moments.count(END - timedelta(days=days)) for days in (14, 3, 0)] == [6, 6, 0]
    assert lived.alerts.raise_new() == 0


def test_alerts_are_the_most_urgent_of_the_list_and_each_silence_once(lived):
    rows = stored(lived)
    assert len({(row.customer_id, row.since) for row in rows}) == len(rows)
    assert {row.owner for row in rows} == {"김단골"}
    duck = lived.snapshot.duck.cursor()
    for row in rows:
        bought = "select max(ordered_at) from facts_orders where status = 'completed' and customer_id = $1 and ordered_at < $2"
        last = duck.value(bought, [row.customer_id, row.as_of])
        assert timedelta(0) <= last - row.since < timedelta(days=1)
        assert 0 < row.chance <= 1


def test_the_list_is_ranked_and_says_why(lived):
    evidence = lived.alerts.evidence
    listed = pq.read_table(lived.root / evidence["folder"] / FILE).to_pylist()
    scores = [row["score"] for row in listed]
    assert scores == sorted(scores, reverse=True)
    assert evidence["threshold"] == pytest.approx(scores[5])
    assert all(set(row["signs"].split(";")) <= set(SIGNS) and row["signs"] for row in listed)
    assert all(0 <= row["days_left"] <= evidence["lapse_days"] for row in listed)


def test_past_weeks_show_more_right_warnings_than_the_rule_and_the_lot(lived):
    evidence = lived.alerts.evidence
    used, rule = evidence["replays"][evidence["method"]], evidence["replays"]["rule"]
    assert used["weeks"] == rule["weeks"] == 13
    assert used["warnings"] == 6 * 13
    assert used["precision"] == pytest.approx(used["right"] / used["warnings"])
    assert used["precision"] > max(rule["precision"], evidence["by_chance"])
    assert used["lead_days"] > 7


def test_many_of_the_warned_have_left_in_truth(lived):
    people = read_truth(lived.base, "people")
    left = dict(zip(people["person_id"].to_pylist(), people["churned_at"].to_pylist(), strict=True))
    records = read_truth(lived.base, "records")
    person = {(row["system"], row["customer_ref"]): row["person_id"] for row in records.to_pylist()}
    known = lived.snapshot.duck.cursor().rows("select customer_id, system, customer_ref from identity_map")
    number = {row["customer_id"]: person[row["system"], row["customer_ref"]] for row in known}
    gone = [left[number[row.customer_id]] is not None and left[number[row.customer_id]] < row.as_of for row in stored(lived)]
    assert np.mean(gone) > 0.25


def test_people_take_snooze_close_and_reopen_and_it_is_on_record(lived):
    alerts = lived.alerts
    first, second = [each.alert_id for each in alerts.all() if each.state == "open"][:2]
    alerts.act(first, Said(state="snoozed", days=3, note="휴가 중"), who="minji")
    alerts.act(second, Said(state="done", owner="minji"), who="minji")
    found = {each.alert_id: each for each in alerts.all()}
    assert (found[first].state, found[first].note, found[second].state, found[second].owner) == (
        "snoozed",
        "휴가 중",
        "done",
        "minji",
    )
    later = {each.alert_id: each for each in alerts.all(now=found[first].snoozed_until)}
    assert later[first].state == "open"
    assert alerts.counts(alerts.all())["done"] == 1
    with lived.store.session() as session:
        entries = list(session.scalars(select(Audit).order_by(Audit.audit_id)))
    said = [(each.who, each.what, each.whose) for each in entries if each.whose.startswith("alert ")]
    assert ("minji", "set an alert to snoozed", f"alert {first}") in said
    assert broken_link(entries) is None


def test_who_orders_again_is_done_by_itself(lived):
    duck = lived.snapshot.duck.cursor()
    for each in lived.alerts.all():
        last = duck.value("select last_ordered_at from profile where customer_id = $1", [each.customer_id])
        assert (each.state == "returned") == (each.state != "done" and last - each.since > timedelta(days=1))


def test_stakes_are_expected_margin_times_chance(lived):
    fresh = [each for each in lived.alerts.all() if each.as_of == END - timedelta(days=3)]
    assert all(isinstance(each.stake, Decimal) for each in fresh)


def test_wrong_words_about_an_alert_are_refused(lived):
    with pytest.raises(UnknownName, match="no alert 99999"):
        lived.alerts.act(99999, Said(state="done"), who="x")
    with pytest.raises(ConfigError, match="is no state"):
        lived.alerts.act(1, Said(state="gone"), who="x")
    with pytest.raises(ConfigError, match="between 1 and 365"):
        lived.alerts.act(1, Said(state="snoozed", days=0), who="x")


def test_every_sign_has_an_action_and_every_state_a_name():
    assert set(ACTIONS) == {*SIGNS, *CAUSES}
    assert set(STATES) == {"open", "snoozed", "done", "returned", "stayed", "left"}
