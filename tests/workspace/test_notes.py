"""What people say about customers: programmes heed it at once, scores from the next run on, and nothing is learnt from it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from dangol.core.errors import ConfigError, UnknownName
from dangol.core.store import Audit, Note, broken_link
from dangol.simulate import Plan, simulate
from dangol.workspace.company import Company
from dangol.workspace.notes import LEAVE_OUT, PUT_FIRST, REMARK, SCORE, Saying
from dangol.workspace.overruled import NOTHING_SAID, Overruled, Spoken

OFF = ("lifetime_value", "second_order", "repurchase_90", "first_order", "next_order", "wallet")
DAY = datetime(2026, 6, 1)


def spoken(customer_id=1, value=0.9, said=0, ended=None, score="churn_probability"):
    end = None if ended is None else DAY + timedelta(days=ended)
    return Spoken(customer_id, score, value, DAY + timedelta(days=said), end)


def test_the_latest_word_that_stands_counts():
    said = Overruled([spoken(1, 0.9), spoken(1, 0.2, 1), spoken(2, 0.5, 0, 5), spoken(3, 0.4, 9), spoken(4, 0.1, score="x")])
    assert said.at(DAY + timedelta(days=4)).standing("churn_probability") == {1: 0.2, 2: 0.5}
    # half-open: it stands from the moment it is said, and no more at the moment it ends
    assert said.at(DAY + timedelta(days=5)).standing("churn_probability") == {1: 0.2}
    assert said.at(DAY).standing("churn_probability") == {1: 0.9, 2: 0.5}
    assert said.at(DAY - timedelta(seconds=1)).standing("churn_probability") == {}


def test_nothing_is_learnt_while_a_word_stood():
    said, customers = Overruled([spoken(1, said=10, ended=20), spoken(2, said=40)]), np.array([1, 2, 3])
    taught = {
        since: (~said.untaught(customers, DAY + timedelta(days=since), 10)).tolist() for since in (0, 1, 19, 20, 30, 31, 90)
    }
    assert taught == {
        0: [True, True, True],  # [0, 10) ends where the first word begins
        1: [False, True, True],
        19: [False, True, True],
        20: [True, True, True],  # [20, 30) begins where it ends
        30: [True, True, True],
        31: [True, False, True],
        90: [True, False, True],
    }


def test_words_follow_customers_who_turn_out_to_be_others():
    assert Overruled([spoken(7)], DAY).renumbered({7: 3}).standing("churn_probability") == {3: 0.9}
    assert NOTHING_SAID.stated() == NOTHING_SAID.taught() == {}


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    base = tmp_path_factory.mktemp("notes")
    simulate(base, Plan(customers=1_000, seed=21, korean=False, event_volume=0, message_volume=0.5))
    settings = base / "dangol.yaml"
    switched = "".join(f"  {name}: {{active: false}}\n" for name in OFF)
    settings.write_text(f"{settings.read_text()}\npredictions:\n{switched}")
    found = Company.open(base)
    found.run()
    return found


def profile(company, customer_id, *names):
    listed = ", ".join(names)
    return company.snapshot.duck.rows(f"select {listed} from profile where customer_id = {customer_id}")[0]


def decided(company, name):
    """What a programme would do with everybody now."""
    programmes = company.programmes
    rows = programmes.decided(programmes.run_of(name))[0].rows.to_pylist()
    return {row["customer_id"]: row for row in rows}


def test_who_is_left_out_is_contacted_by_no_programme(company):
    before = decided(company, "win_back")
    someone = next(number for number, row in before.items() if row["action"] == "contact")
    note = company.notes.say(someone, Saying(LEAVE_OUT, "asked on the phone"), who="minji")
    row = decided(company, "win_back")[someone]
    assert (row["action"], row["reason_code"]) == ("skip", "suppressed")
    # the telephone counts as well
    assert someone in company.programmes.suppressed()["customer_id"].to_pylist()
    company.notes.take_back(note, who="minji")
    assert decided(company, "win_back") == before


def test_who_is_left_out_of_one_programme_is_not_of_others(company):
    someone = next(number for number, row in decided(company, "win_back").items() if row["action"] == "contact")
    note = company.notes.say(someone, Saying(LEAVE_OUT, "is away", "win_back", days=30), who="minji")
    assert decided(company, "win_back")[someone]["action"] == "skip"
    assert someone not in company.programmes.suppressed("welcome")["customer_id"].to_pylist()
    company.notes.take_back(note, who="minji")


def test_who_is_put_first_goes_before_all_others_but_not_past_consent_and_holdout(company):
    # an active customer is no audience of winning back
    outside = [row["customer_id"] for row in company.snapshot.duck.rows(
        "select customer_id from profile where lifecycle_stage = 'active' order by customer_id")]  # fmt: skip
    before = decided(company, "win_back")
    assert not set(outside) & set(before)
    notes = [company.notes.say(each, Saying(PUT_FIRST, "regular", "win_back", days=30), who="minji") for each in outside[:60]]
    after = decided(company, "win_back")
    pinned = [after[each] for each in outside[:60]]
    assert {row["action"] for row in pinned} == {"contact", "hold_out", "skip"}
    assert {row["reason_code"] for row in pinned if row["action"] == "skip"} <= {
        "no_consent",
        "withdrawn",
        "expired",
        "suppressed",
    }
    # others stay where they were
    assert {number: row["action"] for number, row in after.items() if number in before} == {
        number: row["action"] for number, row in before.items()
    }
    for each in notes:
        company.notes.take_back(each, who="minji")


def test_a_chance_set_by_people_stands_in_the_profile_until_it_is_taken_back(company):
    models = profile(company, 31, "churn_probability", "churn_reasons", "repurchase_30_probability", "repurchase_30_percentile")
    everybody = company.snapshot.duck.rows(
        "select customer_id, churn_probability from profile where customer_id <> 31 order by 1"
    )
    notes = [company.notes.say(31, Saying(SCORE, "moves abroad", name, value, 60), who="minji")
             for name, value in (("churn_probability", 0.95), ("repurchase_30_probability", 0.01))]  # fmt: skip
    assert profile(company, 31, "churn_probability")["churn_probability"] == models["churn_probability"]
    company.run()
    said = profile(company, 31, *models)
    assert (said["churn_probability"], said["repurchase_30_probability"]) == (0.95, 0.01)
    latest = max((company.root / "scores").glob("*.parquet"), key=lambda path: path.stat().st_mtime_ns)
    kept = {row["customer_id"]: row["churn_probability"] for row in pq.read_table(latest).to_pylist()}
    # what people said is not held against the model later
    assert kept.pop(31) is None
    assert kept == {row["customer_id"]: row["churn_probability"] for row in everybody}
    # what the model said does not stand beside it
    assert said["churn_reasons"] == ""
    assert said["repurchase_30_percentile"] is None
    again = company.snapshot.duck.rows("select customer_id, churn_probability from profile where customer_id <> 31 order by 1")
    assert again == everybody
    # later than all outcomes the models learnt from: they are what they were
    for each in notes:
        company.notes.take_back(each, who="minji")
    company.run()
    assert profile(company, 31, *models) == models


def test_a_word_in_the_past_is_learnt_around(company):
    """Somebody's word stood while an outcome of the judged moment was awaited: the card counts one customer less a moment."""
    before = company.card("churn")
    customers = [row["customer_id"] for row in company.snapshot.duck.rows(
        "select customer_id from profile where tenure_days > 500 order by customer_id limit 5")]  # fmt: skip
    latest = datetime.fromisoformat(before.validation)
    with company.store.session() as session:
        session.add_all(
            Note(customer_id=each, kind=SCORE, about="churn_probability", value=0.5, reason="x", who="minji",
                 said_at=latest + timedelta(days=before.horizon_days - 1), until=latest + timedelta(days=before.horizon_days + 1))
            for each in customers
        )  # fmt: skip
    company.run()
    assert before.customers - company.card("churn").customers == len(customers)
    # other predictions learn from them as before
    assert profile(company, customers[0], "churn_probability")["churn_probability"] != 0.5


def test_what_cannot_be_kept_is_refused(company):
    notes = company.notes
    wrong = {
        "a note needs a reason": Saying(REMARK, "  "),
        "unknown kind of note 'rmark'": Saying("rmark", "x"),
        "unknown programme 'winback'": Saying(LEAVE_OUT, "x", "winback"),
        "unknown chance 'expected_margin_12m'": Saying(SCORE, "x", "expected_margin_12m", 0.5, 10),
        "unknown chance 'wallet_share'": Saying(SCORE, "x", "wallet_share", 0.5, 10),
        "a chance lies between 0 and 1": Saying(SCORE, "x", "churn_probability", 1.2, 10),
        "stands for 1 to 1095 days": Saying(PUT_FIRST, "x"),
        "longer than 500 characters": Saying(REMARK, "x" * 501),
    }
    for message, saying in wrong.items():
        with pytest.raises((ConfigError, UnknownName), match=message):
            notes.say(31, saying, who="minji")
    with pytest.raises(UnknownName, match="there is no customer 999999"):
        notes.say(999_999, Saying(REMARK, "x"), who="minji")
    with pytest.raises(UnknownName, match="no note 999999 that stands"):
        notes.take_back(999_999, who="minji")


def test_notes_run_out_and_all_is_on_record(company):
    number = company.notes.say(33, Saying(LEAVE_OUT, "on holiday", days=5), who="minji")
    with company.store.session() as session:
        session.get(Note, number).until = datetime.now(UTC).replace(tzinfo=None) - timedelta(minutes=1)
    assert 33 not in company.programmes.suppressed()["customer_id"].to_pylist()
    with pytest.raises(UnknownName, match="that stands"):
        company.notes.take_back(number, who="minji")
    with company.store.session() as session:
        entries = list(session.scalars(select(Audit).order_by(Audit.audit_id)))
    assert [each.what for each in entries if each.whose == "customer 33"] == [f"note {number}: leave_out"]
    assert broken_link(entries) is None


def test_whoever_is_forgotten_leaves_no_note(company):
    company.notes.say(35, Saying(REMARK, "calls herself Kim"), who="minji")
    company.forget(company.to_forget("35"), who="minji", reason="asked")
    assert company.notes.all(35) == []
    with company.store.session() as session:
        assert not any("Kim" in each.reason for each in session.scalars(select(Audit)))


def test_the_command_keeps_lists_and_takes_back(company, cli):
    place = ("--folder", str(company.base))
    status, said = cli("note", "40", "--set", "churn_probability=0.7", "--days", "10", "--reason", "told us", *place)
    assert status == 0
    assert "from the next run on" in said
    listed = json.loads(cli("note", "40", "--json", *place)[1])
    assert [(each["kind"], each["value"], each["reason"]) for each in listed] == [(SCORE, 0.7, "told us")]
    number = listed[0]["note_id"]
    assert cli("note", "--take-back", str(number), *place)[0] == 0
    assert json.loads(cli("note", "40", "--json", *place)[1])[0]["undone_at"] is not None
    for given, message in (("churn_probability", "is not a chance"), ("churn_probability=high", "is not a chance")):
        status, said = cli("note", "40", "--set", given, "--reason", "x", *place)
        assert status
        assert message in said
    assert "a note is about a customer" in cli("note", "--reason", "x", *place)[1]
