"""Segments and their policies: counted as their rules say, kept with comments, and heeded by every programme."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlglot import exp

from dangol.core.declare import Arm, Policy, ProgrammeSettings, SegmentSettings
from dangol.core.errors import ConfigError, UnknownName
from dangol.core.store import Audit
from dangol.core.tables import CHANNELS
from dangol.ledger import Run, record
from dangol.simulate import Plan, simulate
from dangol.workspace.company import Company
from dangol.workspace.settings import load_settings

OFF = ("churn", "second_order", "repurchase_30", "repurchase_90", "first_order", "next_order", "wallet")
DEAR = ProgrammeSettings(
    name="dear", ko="비싼 연락", en="Dear contacts", value_ko="가", value_en="a", stage="grow", audience="order_count >= 1",
    channels=("email", "sms", "kakao"), arms=(Arm(name="gift", share=0.5, cost=3000), Arm(name="card", share=0.5, cost=1000)),
    holdout=0.2, cool_down_days=0,
)  # fmt: skip
MEAN_COST = 2000.0
COMMENT = "# kept as it is: our own remark\n"


@pytest.fixture
def company(tmp_path_factory, made):
    """A company of 1,000 with expected margins; what a test writes into its settings is gone afterwards."""
    settings = made.base / "dangol.yaml"
    before = settings.read_text(encoding="utf-8")
    yield Company.open(made.base)
    settings.write_text(before, encoding="utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    base = tmp_path_factory.mktemp("segments")
    simulate(base, Plan(customers=1_000, seed=33, korean=False, event_volume=0, message_volume=0.5))
    settings = base / "dangol.yaml"
    switched = "".join(f"  {name}: {{active: false}}\n" for name in OFF)
    settings.write_text(f"{COMMENT}{settings.read_text(encoding='utf-8')}\npredictions:\n{switched}", encoding="utf-8")
    found = Company.open(base)
    found.run()
    return found


def saved(company, name="frequent", rule="order_count >= 4", **policy):
    company.segments.save(SegmentSettings(name=name, ko="자주", en="Often", rule=rule), who="test")
    if policy:
        company.segments.set_policy(Policy(segment=name, **policy), who="test")


def rows(company, text):
    return company.snapshot.duck.cursor().rows(text)


def numbers(company, condition):
    return {row["customer_id"] for row in rows(company, f"select customer_id from profile where {condition}")}


def decided(company, settings=DEAR, at=None):
    programmes = company.programmes
    found, _ = programmes.decided(Run(settings, at or company.snapshot.as_of))
    return found


def by_customer(decisions):
    return {row["customer_id"]: row for row in decisions.rows.to_pylist()}


def test_a_saved_segment_counts_as_its_rule_says(company):
    saved(company, promotion_share=0.1, acquisition_share=0.3)
    found = company.segments.one("frequent")
    true = rows(company, """
        select count(*) as n, sum(expected_margin_12m) as margin, sum(greatest(expected_margin_12m, 0)) as earning,
               count(*) / (select count(*) from profile) as part from profile where order_count >= 4""")[0]  # fmt: skip
    assert (found.customers, found.share) == (true["n"], pytest.approx(true["part"]))
    assert found.margin == pytest.approx(float(true["margin"]))
    assert found.limit == pytest.approx(0.1 * float(true["earning"]))
    assert found.payable == pytest.approx(0.3 * float(true["margin"]) / true["n"])
    assert company.customers.count('in_segment(name="frequent") and net_sales > 0') == len(
        numbers(company, "order_count >= 4 and net_sales > 0")
    )
    listed = {each.settings.name: each for each in company.segments.all()}
    assert next(iter(listed)) == "frequent"
    assert {"fallen_angel", "never_returned", "reward_addict", "conservative"} <= set(listed)
    assert listed["never_returned"].programmes == ("never_returned",)
    assert listed["never_returned"].built_in
    assert not listed["frequent"].built_in
    someone = min(numbers(company, "order_count >= 4"))
    assert "frequent" in [each.name for each in company.segments.of_customer(someone)]
    nobody = min(numbers(company, "order_count < 4"))
    assert "frequent" not in [each.name for each in company.segments.of_customer(nobody)]


@pytest.mark.parametrize(
    "rule", ["bought(days=180) >= 2", 'has_consent(channel="email") and spent(days=365) > 100', "contacted(days=365) == 0"]
)
def test_a_segment_of_what_customers_did_counts_as_the_list_does(company, rule):
    saved(company, rule=rule)
    assert company.segments.one("frequent").customers == company.customers.count(rule) > 0


def test_the_four_kinds_to_appreciate_share_nobody(company):
    """R110: the segments are a partition with everybody else, of the sizes that question V5 says."""
    names = ("fallen_angel", "never_returned", "reward_addict", "conservative")
    chosen = {name: set() for name in names}
    for name in names:
        page = company.customers.reading
        tree = exp.select("customer_id").from_("profile").where(company.customers.condition(f'in_segment(name="{name}")'))
        chosen[name] = {row["customer_id"] for row in company.snapshot.duck.cursor().rows(page(tree))}
    together = [number for each in chosen.values() for number in each]
    assert len(together) == len(set(together)) > 0
    answer = company.ask("V5")[1]
    place = [column[0] for column in answer.columns]
    said = {row[place.index("kind")]: row[place.index("customer_count")] for row in answer.rows}
    assert {name: len(each) for name, each in chosen.items() if each} == {name: said[name] for name in names if name in said}


def test_what_is_saved_stands_in_the_settings_beside_what_stood_there(company):
    path = company.base / "dangol.yaml"
    before = path.read_text(encoding="utf-8")
    saved(company, rule='region == "서울" or order_count >= 9', channels=("email",))
    saved(company, rule="order_count >= 3", promotion_share=0.2)
    after = path.read_text(encoding="utf-8")
    assert after.startswith(before.rstrip())
    found = load_settings(company.base)
    assert [each.rule for each in found.segments] == ["order_count >= 3"]
    assert found.policies == [Policy(segment="frequent", promotion_share=0.2)]
    company.segments.clear_policy("frequent", who="test")
    company.segments.remove("frequent", who="test")
    assert path.read_text(encoding="utf-8").rstrip() == before.rstrip()
    with company.store.session() as session:
        trail = [row.what for row in session.scalars(select(Audit).where(Audit.whose == "segment frequent"))]
    assert trail[-6:] == ["segment saved", "segment policy set"] * 2 + ["segment policy removed", "segment removed"]


@pytest.mark.parametrize(
    ("name", "rule", "said"),
    [
        ("frequent", "order_cont >= 4", "order_count"),
        ("frequent", "order_count >=", "rule"),
        ("frequent", 'in_segment(name="frequent")', "would hold itself"),
        ("fallen_angel", "order_count >= 4", "built in"),
    ],
)
def test_a_segment_that_makes_no_sense_is_not_written(company, name, rule, said):
    before = (company.base / "dangol.yaml").read_bytes()
    with pytest.raises(ConfigError) as wrong:
        saved(company, name, rule)
    assert said in " ".join([wrong.value.what, *wrong.value.problems])
    assert (company.base / "dangol.yaml").read_bytes() == before


def test_what_others_name_is_not_removed(company):
    saved(company)
    saved(company, "loyal", 'in_segment(name="frequent") and net_sales > 1000')
    with pytest.raises(ConfigError, match="loyal"):
        company.segments.remove("frequent", who="test")
    with pytest.raises(ConfigError) as wrong:
        saved(company, "frequent", 'in_segment(name="loyal")')
    assert "hold itself" in " ".join(wrong.value.problems)
    with pytest.raises(UnknownName, match="nowhere"):
        company.segments.set_policy(Policy(segment="nowhere", promotion_share=0.1), who="test")
    with pytest.raises(ConfigError, match="built in"):
        company.segments.remove("fallen_angel", who="test")


def test_a_policy_closes_channels_for_its_segment_only(company):
    """Everybody else is decided as before; in the segment nobody is spoken to but by e-mail, and only with consent to it."""
    before = by_customer(decided(company))
    saved(company, channels=("email",))
    after, inside = by_customer(decided(company)), numbers(company, "order_count >= 4")
    assert {name: row for name, row in after.items() if name not in inside} == {
        name: row for name, row in before.items() if name not in inside
    }
    touched = [after[name] for name in inside]
    assert {row["channel"] for row in touched if row["action"] == "contact"} <= {"email"}
    # whoever would have been spoken to another way is spoken to by e-mail where he allows it, and else left alone, by policy
    allows = defaultdict(set)
    for row in rows(company, "select customer_id, channel from consents_now where allowed"):
        allows[row["customer_id"]].add(row["channel"])
    moved = 0
    for name in inside:
        reason = after[name]["reason_code"]
        if before[name]["reason_code"] is None:
            assert (reason is None) == ("email" in allows[name]), name
            assert reason in (None, "policy")
            moved += reason == "policy"
        else:
            assert reason == before[name]["reason_code"]
    assert moved
    closed = company.programmes.policies.closed().to_pylist()
    assert {(row["customer_id"], row["channel"]) for row in closed} == {
        (name, channel) for name in inside for channel in CHANNELS if channel != "email"
    }
    called = {row["customer_id"] for row in company.programmes.unreachable().to_pylist() if row["channel"] == "call"}
    assert inside <= called


def test_a_limit_counts_contacts_of_a_year_of_all_programmes_and_holds_for_those_held_out(company):
    """Contacts cost 2,000 in the mean; who was chosen once may be again only where a share of the margin pays for both."""
    now = company.snapshot.as_of
    programmes = company.programmes
    for at, name in ((now - timedelta(days=400), "old"), (now - timedelta(days=100), "spring")):
        run = Run(DEAR.model_copy(update={"name": name}), at)
        record(company.store, run, programmes.decided(run)[0])
    company._snapshot = None  # the ledger beside the snapshot is read when it is opened
    saved(company, rule="order_count >= 2", promotion_share=0.05)
    before = {"spring": defaultdict(str), "old": defaultdict(str)}
    for row in rows(company, "select campaign_id, customer_id, action from decisions"):
        before[row["campaign_id"].partition("-")[0]][row["customer_id"]] = row["action"]
    assert {"contact", "hold_out"} <= set(before["spring"].values())
    after = by_customer(decided(company))
    limited = held = 0
    for row in rows(
        company, "select customer_id, order_count, expected_margin_12m as margin from profile where order_count >= 1"
    ):
        found, chosen = after[row["customer_id"]], before["spring"][row["customer_id"]] in ("contact", "hold_out")
        if found["reason_code"] not in (None, "promotion_limit"):
            continue
        spent = MEAN_COST * (2 if chosen else 1)  # the campaign of 400 days ago no longer counts
        within = row["order_count"] < 2 or row["margin"] is None or spent <= 0.05 * max(float(row["margin"]), 0.0) + 1e-9
        assert (found["reason_code"] is None) == within, row
        limited += not within
        held += not within and before["spring"][row["customer_id"]] == "hold_out"
    assert limited
    assert held
    counts = decided(company).counts()
    assert counts["skip:promotion_limit"] == limited


def test_a_free_contact_is_never_too_dear(company):
    saved(company, rule="order_count >= 1", promotion_share=0.0)
    free = DEAR.model_copy(update={"arms": (Arm(name="news"),)})
    assert "skip:promotion_limit" not in decided(company, free).counts()
    assert decided(company).counts()["contact"] == 0


def test_a_policy_that_cannot_be_held_stops_contacts_and_says_why(company):
    """Nobody is written to under a policy whose segment nobody can tell any more."""
    saved(company, channels=("email",))
    path = company.base / "dangol.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("order_count >= 4", "order_cont >= 4"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"policy of segment 'frequent' cannot be held") as wrong:
        decided(company)
    assert "order_cont" in " ".join(wrong.value.problems)
    shown = company.segments.one("frequent")
    assert shown.customers is None
    assert "order_cont" in " ".join(shown.problems)


def test_two_segments_of_one_name_are_refused(company):
    saved(company)
    path = company.base / "dangol.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}- {{name: frequent, ko: 가, en: a, rule: order_count >= 1}}\n", encoding="utf-8")
    if len(load_settings(company.base).segments) == 2:
        with pytest.raises(ConfigError, match="twice"):
            company.segments.all()


def test_groups_by_gender_under_segments_are_told_where_they_belong(tmp_path):
    (tmp_path / "dangol.yaml").write_text("company: {name: a}\nsegments: [{name: core, by: [gender]}]\n")
    with pytest.raises(ConfigError) as wrong:
        load_settings(tmp_path)
    assert "segment_keys" in " ".join(wrong.value.problems)
