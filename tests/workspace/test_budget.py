"""Where marketing money goes: every figure against plain SQL or a loop over the files, and the optimum against moving money."""

from __future__ import annotations

import csv
import json
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np
import pytest

from dangol.algorithms.equal_return import Curve, Limits
from dangol.core.errors import ConfigError
from dangol.workspace.budget import Budgets, Row, gain
from dangol.workspace.budget_channels import WEEKS
from dangol.workspace.budget_limits import Held, held_by
from dangol.workspace.budget_use import Part, Use
from dangol.workspace.budget_words import document, headline
from dangol.workspace.company import Company
from dangol.workspace.entered import Bounds, Plan, PurposePlan

END = datetime(2026, 10, 31)  # Seoul midnight is 15:00 UTC of the day before
COST, EFFECT = 200, 4_000
SETTINGS = """company: {name: 가게, zone: Asia/Seoul, currency: KRW, margin_share: 0.4}
engine: {threads: 1}
plan:
  yearly_budget: 6000000
  purposes:
    retain: {contact_cost: 300, effect: 900, contacts: 2, source: 2025년 파일럿}
sources:
  - {name: people, files: [people.csv], table: customers, system: shop}
  - {name: shop, files: [lines.csv], table: order_lines, system: shop}
  - {name: campaigns, files: [campaigns.csv], table: campaigns}
  - {name: members, files: [members.csv], table: campaign_members, system: shop}
  - {name: messages, files: [messages.csv], table: messages, system: shop}
  - {name: spend, files: [spend.csv], table: spend}
"""


def write(path: Path, header: str, rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(header.split(","))
        out.writerows(rows)


def invent(folder: Path) -> None:
    """A shop with two channels and one win-back campaign, whose effect on margin is known: 4,000 a contact."""
    rng = np.random.default_rng(11)
    folder.mkdir()
    (folder / "dangol.yaml").write_text(SETTINGS, encoding="utf-8")
    days = 2 * 364
    weekly = rng.uniform(20_000, 120_000, (2, days // 7))
    start = END - timedelta(days=days)
    channels, orders, number = [], [], 0
    for channel, (name, first) in enumerate({"search": 9e-5, "social": 6e-5}.items()):
        for week, money in enumerate(weekly[channel]):
            for _ in range(rng.poisson(first * money / (1 + money / 90_000))):
                number += 1
                joined = start + timedelta(days=7 * week + rng.uniform(0, 7))
                channels.append((number, name))
                orders.append((number, joined))
                gap, alive = rng.gamma(4, 9), rng.random() < 0.6
                at = joined
                while alive and (at := at + timedelta(days=rng.gamma(4, gap / 4))) < END:
                    orders.append((number, at))
                    alive = rng.random() < 0.93
    lines = [(f"o{place}", who, at, round(rng.lognormal(10, 0.4))) for place, (who, at) in enumerate(orders)]
    assigned = END - timedelta(days=45)
    last = {}
    for _, who, at, _ in lines:
        if at < assigned:
            last[who] = max(at, last.get(who, at))
    asleep = sorted(who for who, at in last.items() if (assigned - at).days > 200)
    treated = {who: bool(rng.random() < 0.5) for who in asleep}
    for who, is_treated in treated.items():
        if rng.random() < 0.1 + 0.2 * is_treated:
            lines.append((f"c{who}", who, assigned + timedelta(days=rng.uniform(1, 25)), round(EFFECT / 0.2 / 0.4)))
    text = "%Y-%m-%d %H:%M:%S"
    write(
        folder / "people.csv",
        "customer_ref,registered_at,acquisition_channel",
        [(who, start.strftime(text), name) for who, name in channels],
    )
    write(folder / "lines.csv", "order_id,customer_ref,ordered_at,product_id,quantity,net_amount",
          [(number, who, at.strftime(text), "P1", 1, amount) for number, who, at, amount in lines])  # fmt: skip
    write(folder / "campaigns.csv", "campaign_id,campaign_name,starts_at,cost_per_contact,randomised",
          [("W1", "되찾기", assigned.strftime(text), COST, "true"),
           ("N1", "소식", start.strftime(text), 15, "false")])  # fmt: skip
    write(folder / "members.csv", "campaign_id,customer_ref,arm,assignment_probability,assigned_at",
          [("W1", who, "treated" if is_treated else "held_out", 0.5, assigned.strftime(text))
           for who, is_treated in treated.items()])  # fmt: skip
    sent = [(who, END - timedelta(days=float(rng.uniform(1, 500)))) for who, _ in channels for _ in range(2)]
    write(folder / "messages.csv", "message_id,customer_ref,campaign_id,channel,message_event,occurred_at",
          [(f"m{place}", who, "N1", "email", "sent", at.strftime(text)) for place, (who, at) in enumerate(sent)])  # fmt: skip
    write(folder / "spend.csv", "spent_on,channel,cost",
          [((start + timedelta(days=7 * week + day)).date(), name, round(weekly[channel][week] / 7))
           for channel, name in enumerate(("search", "social")) for week in range(days // 7) for day in range(7)])  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Company:
    base = tmp_path_factory.mktemp("budget") / "shop"
    invent(base)
    company = Company.open(base)
    company.run()
    return Company.open(base)


def use_of(company: Company, purpose: str):
    return next(use for use in company.budgets.uses if use.purpose == purpose)


def stage(days: list[datetime], at: datetime, lapse: float) -> str:
    """The stage of somebody at a moment, by a loop over the days with an order before it."""
    known = [day for day in days if day < at]
    if not known:
        return "acquire"
    silent = (at - known[-1]).total_seconds() / 86400
    gaps = [(later - earlier).total_seconds() / 86400 for earlier, later in pairwise(known)]
    if silent > lapse:
        return "reactivate"
    if not gaps or gaps[-1] > lapse:
        return "grow"
    return "retain" if silent > 2 * sum(gaps) / len(gaps) else "grow"


def test_contacts_of_the_last_year_by_stage(shop):
    """Every message is put under its use by a loop over the files."""
    duck = duckdb.connect()
    lines = duck.sql(
        f"select customer_ref, min(ordered_at) from '{shop.base}/lines.csv' "
        "group by customer_ref, cast(ordered_at as date) order by 1, 2"
    ).fetchall()
    days: dict[int, list[datetime]] = {}
    for who, at in lines:
        days.setdefault(who, []).append(at)
    lapse = shop.snapshot.duck.cursor().value("select max(lapse_days) from profile")
    as_of = shop.snapshot.as_of + timedelta(hours=9)
    spent: dict[str, float] = {}
    for who, at in duck.sql(f"select customer_ref, occurred_at from '{shop.base}/messages.csv'").fetchall():
        if as_of - timedelta(days=365) <= at < as_of:
            under = stage(days.get(who, []), at, lapse)
            spent[under] = spent.get(under, 0) + 15
    for purpose in ("grow", "retain", "reactivate"):
        assert use_of(shop, purpose).today == pytest.approx(spent.get(purpose, 0), abs=15.01), purpose
    assert spent["reactivate"] > 0 < spent["grow"]


def test_the_measured_effect_is_that_of_the_files_and_holds_the_planted_one(shop):
    effect = use_of(shop, "reactivate").effect
    lapse = shop.snapshot.duck.cursor().value("select max(lapse_days) from profile")
    rows = (
        duckdb.connect()
        .sql(f"""
        select m.arm, count(*), avg(coalesce(b.margin, 0)), var_samp(coalesce(b.margin, 0))
        from '{shop.base}/members.csv' m left join (
            select l.customer_ref, sum(l.net_amount) * 0.4 as margin
            from '{shop.base}/lines.csv' l join '{shop.base}/members.csv' n on n.customer_ref = l.customer_ref
            where l.ordered_at >= n.assigned_at and l.ordered_at < n.assigned_at + interval 30 day group by 1) b
        on b.customer_ref = m.customer_ref
        where epoch(m.assigned_at) - (select max(epoch(l.ordered_at)) from '{shop.base}/lines.csv' l
                                      where l.customer_ref = m.customer_ref and l.ordered_at < m.assigned_at) > 86400 * {lapse}
        group by 1 order by 1""")
        .fetchall()
    )
    (_, held, mean_held, var_held), (_, treated, mean_treated, var_treated) = rows
    assert (effect.treated, effect.held_out) == (treated, held)
    plain, error = mean_treated - mean_held, (var_held / held + var_treated / treated) ** 0.5
    assert abs(effect.value - plain) < error  # ours takes out what customers did before
    assert effect.error <= error * 1.02
    assert abs(effect.value - EFFECT) < 2.6 * effect.error
    assert effect.shown
    assert effect.cost == COST


def test_customers_are_ranked_by_what_a_contact_brings(shop):
    """The curve against a loop: stakes capped, in proportion to the mean of those compared."""
    use = use_of(shop, "reactivate")
    rows = shop.snapshot.duck.cursor().rows(
        "select expected_margin_12m from profile where lifecycle_stage = 'lapsed' and order_count > 0"
    )
    effect, lean = use.effect, use.effect.expected_lean
    stakes = sorted((min(max(float(row["expected_margin_12m"]), 0), effect.most_stake) for row in rows), reverse=True)
    brought = [effect.value * (lean * each / effect.stake + 1 - lean) for each in stakes]
    assert 0 < lean < 1
    assert use.reached == len(brought)
    assert use.curve.most == pytest.approx(COST * use.often * len(brought))
    for people in (10, 50, len(brought) // 2):
        money = people * COST * use.often
        assert use.curve.worth(money) == pytest.approx(sum(brought[:people]) * use.often, rel=0.02)


def test_new_customers_cost_what_the_files_say(shop):
    use = use_of(shop, "acquire")
    assert use.basis == "association"
    duck = duckdb.connect()
    as_of = shop.snapshot.as_of + timedelta(hours=9)
    for part in use.parts:
        spent = duck.execute(
            f"select sum(cost) from '{shop.base}/spend.csv' where channel = ? and spent_on >= ?",
            [part.name, as_of - timedelta(days=365)],
        ).fetchone()[0]
        assert part.today == pytest.approx(spent, rel=0.01)
        highest = duck.execute(
            f"select max(w) from (select sum(cost) as w from '{shop.base}/spend.csv' "
            "where channel = ? group by date_trunc('week', spent_on))",
            [part.name],
        ).fetchone()[0]
        assert part.curve.most == pytest.approx(highest * WEEKS, rel=0.15)
        assert part.curve.most <= highest * WEEKS * 1.0001


def test_the_range_of_the_gain_is_that_of_the_split_as_suggested():
    """Two channels of which either may be the better one: whoever moves all money to one may lose as much as win."""
    rng = np.random.default_rng(4)

    def part(name, mean):
        slopes = rng.normal(mean, 1.0, 200)
        curves = [Curve(np.array([100.0]), np.array([max(each, 0.1)])) for each in (mean, *slopes)]
        return Part(name, curves[0], curves[1:], 50.0)

    parts = (part("a", 5.1), part("b", 5.0))
    use = Use("acquire", "association", parts, 100.0, Limits())
    split = {"a": 100.0, "b": 0.0}
    each = Row(use, (100.0, 100.0, 100.0), use.worth_today(), use.curve.worth(100.0), (5.0, 4.0, 6.0), (5.1, 4.0, 6.0), split)
    found, low, high = gain([each], 100.0)
    assert found == pytest.approx(50 * (5.1 - 5.0))
    by_hand = [50 * (float(a.slope[0]) - float(b.slope[0])) for a, b in zip(parts[0].draws, parts[1].draws, strict=True)]
    assert (low, high) == pytest.approx(tuple(np.quantile(by_hand, [0.1, 0.9])))
    assert low < 0 < high


def test_channels_whose_returns_overlap_are_called_undecided():
    """Straight curves drawn again: 2 to 4 beside 3 to 5 overlap, beside 6 to 8 they do not."""

    def part(name, lowest):
        curves = [Curve(np.array([100.0]), np.array([lowest + 2 * place / 199])) for place in range(200)]
        return Part(name, curves[100], curves, 10.0)

    def use(*parts):
        return Use("acquire", "association", parts, 20.0, Limits())

    assert part("a", 2).return_today == pytest.approx((2 + 200 / 199, 2.2, 3.8))
    assert use(part("a", 2), part("b", 3)).is_close
    assert not use(part("a", 2), part("b", 6)).is_close
    assert not use(part("a", 2)).is_close


def test_newcomers_are_worth_their_first_twelve_months(shop):
    """At a usual week's spend the curve says what a regression through the files says, times the value told by plain SQL."""
    names = {part.name: part for part in use_of(shop, "acquire").parts}
    assert set(names) == {"search", "social"}
    value = shop.snapshot.duck.cursor().rows("""
        select a.acquisition_channel as channel, avg(cast(p.margin as double) + cast(p.expected_margin_12m as double)
               * (365 - date_diff('second', p.first_ordered_at, timestamp '2026-10-30 15:00:00') / 86400.0) / 365) as worth
        from profile p join people a using (customer_id)
        where p.first_ordered_at >= timestamp '2025-10-30 15:00:00' and p.expected_margin_12m is not null group by 1""")
    worth = {row["channel"]: row["worth"] for row in value}
    for name, first in (("search", 9e-5), ("social", 6e-5)):
        weekly = 70_000.0
        truth = first * weekly / (1 + weekly / 90_000) * WEEKS * worth[name]
        low, high = np.quantile([draw.worth(weekly * WEEKS) for draw in names[name].draws], [0.02, 0.98])
        assert low * 0.9 < truth < high * 1.1, name


def test_an_entered_effect_is_called_so_and_a_refusal_says_what_is_missing(shop):
    retain, grow = use_of(shop, "retain"), use_of(shop, "grow")
    assert (retain.basis, retain.source, retain.often) == ("entered", "2025년 파일럿", 2)
    assert retain.curve.worth(retain.curve.most) == pytest.approx(900 * 2 * retain.reached, rel=1e-6)
    assert grow.basis == "refused"
    assert "1 contacted" in str(grow.refusals[""])
    assert "30 in each group" in str(grow.refusals[""])


@pytest.mark.parametrize("total", [50_000, 1_000_000, 4_000_000, 6_000_000])
def test_no_unit_of_money_would_bring_more_elsewhere(shop, total):
    found = shop.budgets.share(total)
    spent = {row.use.purpose: row.suggested[0] for row in found.rows}
    assert sum(spent.values()) + found.left == pytest.approx(total)
    curves = {row.use.purpose: row.use.curve for row in found.rows}
    best = sum(curve.worth(spent[name]) - spent[name] for name, curve in curves.items())
    for giver in curves:
        for taker in curves:
            for step in (1_000, 20_000, 200_000):
                moved = {**spent, giver: spent[giver] - step}
                moved[taker] += step
                if min(moved.values()) >= 0:
                    assert sum(curve.worth(moved[name]) - moved[name] for name, curve in curves.items()) <= best + 1e-6
    inner = [row for row in found.rows if 0 < row.suggested[0] < row.use.curve.most * (1 - 1e-9)]
    assert all(row.use.curve.last(row.suggested[0]) >= found.price * (1 - 1e-9) for row in inner)
    assert all(row.return_suggested[0] <= found.price * (1 + 1e-9) or found.price == 0 for row in found.rows)
    for row in found.rows:
        assert row.suggested[1] <= row.suggested[2]
        assert sum(row.parts.values()) == pytest.approx(row.suggested[0])
    assert found.gain[0] >= -1e-6


def test_floors_and_ceilings_of_the_plan_are_kept(shop):
    plan = Plan(
        purposes={
            "acquire": PurposePlan(lowest=500_000, highest=900_000),
            "reactivate": PurposePlan(highest=20_000),
            "grow": PurposePlan(lowest=50_000),
        }
    )
    found = Budgets(shop.programmes, plan).share(1_000_000)
    spent = {row.use.purpose: row.suggested[0] for row in found.rows}
    assert 500_000 <= spent["acquire"] <= 900_000
    assert spent["reactivate"] <= 20_000
    assert found.total == 950_000  # grow has no curve and keeps its floor
    with pytest.raises(ConfigError, match="floors"):
        Budgets(shop.programmes, plan).share(400_000)


def test_limits_of_channels_are_kept_and_the_others_share_alike(shop):
    free = Budgets(shop.programmes, Plan()).share(1_000_000)
    before = next(row for row in free.rows if row.use.purpose == "acquire").parts
    high = round(before["search"] / 2.5)
    low = 900_000 - high
    limits = {"social": Bounds(lowest=low), "search": Bounds(highest=high)}
    plan = Plan(channels=limits, purposes={"acquire": PurposePlan(highest=low + high)})
    found = Budgets(shop.programmes, plan).share(1_000_000)
    row = next(row for row in found.rows if row.use.purpose == "acquire")
    assert row.parts == {"social": pytest.approx(low), "search": pytest.approx(high)}
    assert (row.limit_at("social"), row.limit_at("search")) == ("lowest", "highest")
    assert sum(each.suggested[0] for each in found.rows) + found.left == pytest.approx(1_000_000)
    assert row.worth_suggested == pytest.approx(sum(part.curve.worth(row.parts[part.name]) for part in row.use.parts))
    assert row.suggested[0] == pytest.approx(sum(row.parts.values()))
    assert found.gain[0] <= free.gain[0]
    said = next(use for use in document(found)["uses"] if use["purpose"] == "acquire")["channels"]
    assert {each["channel"]: (each["lowest"], each["highest"], each["at_limit"]) for each in said} == {
        "social": (low, None, "lowest"), "search": (0, high, "highest")
    }  # fmt: skip
    loose = Budgets(shop.programmes, Plan(channels={"search": Bounds(lowest=1, highest=1e12)})).share(1_000_000)
    assert next(row for row in loose.rows if row.use.purpose == "acquire").parts == pytest.approx(before)


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (Plan(channels={"serch": Bounds(lowest=1)}), "unknown channel 'serch', did you mean 'search'"),
        (
            Plan(channels={"search": Bounds(lowest=9)}, purposes={"acquire": PurposePlan(highest=8)}),
            "more than acquire may get (8)",
        ),
        (
            Plan(
                channels={"search": Bounds(highest=3), "social": Bounds(highest=4)}, purposes={"acquire": PurposePlan(lowest=9)}
            ),
            "the channels may take 7 together, less than acquire must get (9)",
        ),
    ],
)
def test_limits_of_channels_that_cannot_hold_are_refused(shop, plan, said):
    with pytest.raises(ConfigError) as wrong:
        Budgets(shop.programmes, plan).share(1_000_000)
    assert said in "\n".join(wrong.value.problems)
    assert wrong.value.where == "plan.channels"


def test_floors_of_channels_are_floors_of_the_money_there_is(shop):
    with pytest.raises(ConfigError, match="add up to 600,000"):
        Budgets(shop.programmes, Plan(channels={"search": Bounds(lowest=600_000)})).share(500_000)


def test_a_channel_without_a_curve_gets_its_floor_and_nothing_more():
    limits = {"tv": Bounds(lowest=30, highest=50), "search": Bounds(lowest=10, highest=60)}
    held = held_by(PurposePlan(lowest=70, highest=80), limits, ["search", "social"])
    assert held == Held(Limits(40, 50), {"search": Limits(10, 60)}, 30)
    assert held_by(PurposePlan(lowest=5), limits, []) == Held(Limits(40, float("inf")))


def test_the_command_says_what_the_document_says(shop, cli):
    status, said = cli("budget", "--folder", str(shop.base), "--json")
    assert status == 0
    told = json.loads(said)
    ours = json.loads(json.dumps(document(shop.budgets.share())))
    assert told == ours
    assert told["total"] == 6_000_000
    status, said = cli("budget", "--folder", str(shop.base), "--total", "1000000")
    assert status == 0
    assert "₩1M a year" in said
    assert "Entered by the company, not measured. Source: 2025년 파일럿" in said
    status, said = cli("budget", "--folder", str(shop.base), "--total", "-1")
    assert status != 0
    assert "must lie between" in said


def test_sentences_exist_in_both_languages_and_hold_the_figures(shop):
    found = shop.budgets.share(1_000_000)
    for language in ("ko", "en"):
        values = [value for _, value in headline(found, language)]
        assert values[0]["total"] == 1_000_000
        assert values[0]["worth"] == pytest.approx(sum(row.worth_suggested for row in found.rows))


def test_a_company_without_money_or_campaigns_is_told_what_is_needed(shop, tmp_path):
    for name in ("people.csv", "lines.csv"):
        (tmp_path / name).write_bytes((shop.base / name).read_bytes())
    head = SETTINGS.split("plan:", maxsplit=1)[0]
    (tmp_path / "dangol.yaml").write_text(
        head + "sources:\n  - {name: shop, files: [lines.csv], table: order_lines, system: shop}\n", encoding="utf-8"
    )
    company = Company.open(tmp_path)
    company.run()
    refused = Company.open(tmp_path).budgets.uses
    assert [use.basis for use in refused] == ["refused"] * 4
    assert all(use.refusals[""] for use in refused)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"lowest": 5, "highest": 3}, "highest"),
        ({"effect": 5, "contact_cost": 1}, "source"),
        ({"effect": 5, "source": "파일럿"}, "contact_cost"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(given, said):
    with pytest.raises(ValueError, match=said):
        PurposePlan(**given)


def test_new_customers_at_a_price_need_a_ceiling():
    with pytest.raises(ValueError, match="highest"):
        Plan(purposes={"acquire": PurposePlan(effect=5, contact_cost=1, source="파일럿")})
