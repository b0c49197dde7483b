"""Every feature and every question gives the same figures on DuckDB and on Spark."""

from __future__ import annotations

import math
import random
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from dangol.core.engine import Duck
from dangol.core.query import Scope, bind, named
from dangol.workspace.beside import BESIDE_TYPES, DECISIONS
from dangol.workspace.binding import Binder
from dangol.workspace.earlier import EARLIER, TYPES
from dangol.workspace.entered import ENTERED
from dangol.workspace.grouped import RANGES
from dangol.workspace.lead_columns import SCORED_ACCOUNTS, SCORED_LEADS
from dangol.workspace.lead_columns import TYPES as LED
from dangol.workspace.profile import build_profile
from dangol.workspace.registry import declared_columns, discover, reason_columns

pytestmark = pytest.mark.spark
REGISTRY = discover()
PROFILE = declared_columns(REGISTRY)
REASONS = reason_columns(REGISTRY)
AS_OF = datetime(2026, 3, 1, 5)
ZONE = "America/New_York"
CUSTOMERS = range(1, 31)
TOLD = (
    "income_band",
    "household_size",
    "household_type",
    "marital_status",
    "home_ownership",
    "child_count",
    "occupation",
    "country",
    "account_role",
)


def rich():
    """Thirty customers over fifteen months with a row in every table, ties included."""
    dice = random.Random(5)
    tables = {
        name: [] for name in ("people", "orders", "order_lines", "returns", "events", "messages", "consents", "interactions")
    }
    for customer in CUSTOMERS:
        seen = AS_OF - timedelta(days=dice.randint(300, 460))
        tables["people"].append(
            {"customer_id": customer, "first_seen_at": seen, "record_count": dice.randint(0, 2), "gender": dice.choice(["female", None]),
             "birth_date": "1985-04-03", "age_band": "30s", "region": dice.choice(["서울", "부산", None]), "acquisition_channel": dice.choice(["search", "social", None]), "city": "중구", **{name: f"{name}-{customer % 3}" for name in TOLD}}
        )  # fmt: skip
        for at in sorted(moment(dice, seen) for _ in range(dice.choice([0, 1, 1, 2, 4, 9]))):
            order(tables, dice, customer, at)
        for number in range(dice.randint(0, 4)):
            at = moment(dice, seen)
            tables["events"].append(
                {"customer_id": customer, "event_id": f"e{number}", "anonymous_id": f"a{customer}", "occurred_at": at,
                 "event_name": dice.choice(["Product Added", "Products Searched", "Page Viewed"])}
            )  # fmt: skip
            for event in ("sent", "opened")[: dice.randint(1, 2)]:
                tables["messages"].append(
                    {
                        "customer_id": customer,
                        "message_id": f"{customer}-{number}",
                        "channel": "email",
                        "campaign_id": dice.choice(["c1", None]),
                        "message_event": event,
                        "occurred_at": at,
                    }
                )
            tables["consents"].append(
                {"customer_id": customer, "channel": dice.choice(["email", "sms"]), "purpose": dice.choice(["advertising", None, "service"]),
                 "allowed": dice.choice([True, False]), "recorded_at": at}
            )  # fmt: skip
            tables["interactions"].append(
                {"customer_id": customer, "occurred_at": at, "resolved_at": dice.choice([None, at + timedelta(days=2)])}
            )
    order(tables, dice, None, AS_OF - timedelta(days=3))
    tables["products"] = [
        {"product_id": f"p{n}", "product_name": f"상품 {n}", "category": f"k{n % 3}", "brand": None if n == 4 else f"b{n % 2}"}
        for n in range(6)
    ]
    tables["campaigns"] = [
        {"campaign_id": "c1", "channel": "email", "cost_per_contact": 3, "campaign_kind": "mail", "randomised": True,
         "starts_at": AS_OF - timedelta(days=80)}
    ]  # fmt: skip
    tables["campaign_members"] = [
        {"customer_id": customer, "campaign_id": "c1", "arm": "treated" if customer % 2 else "held_out"} for customer in CUSTOMERS
    ]
    tables["contracts"] = [
        {"customer_id": customer, "contract_id": f"k{customer}", "started_at": AS_OF - timedelta(days=100 + customer),
         "ended_at": AS_OF - timedelta(days=9) if customer % 4 == 0 else None, "plan": f"plan {customer % 3}", "monthly_fee": 10 + customer}
        for customer in CUSTOMERS
    ]  # fmt: skip
    tables["churn_labels"] = [
        {"customer_id": customer, "churn_status": "left" if customer % 3 == entry else "stayed", "monthly_fee": 20 + customer}
        for customer in CUSTOMERS
        for entry in range(1 + customer % 2)
    ]
    tables["feedback"] = [
        {"customer_id": customer, "feedback_id": f"f{customer}", "given_at": AS_OF - timedelta(days=customer),
         "feedback_kind": "social" if customer % 5 == 0 else "survey", "stated_spend": 500 + customer, "stated_share": 0.25}
        for customer in CUSTOMERS
    ]  # fmt: skip
    tables["stores"] = [{"store_id": "s1", "store_name": "본점", "latitude": 37.5, "longitude": 127.0}]
    tables["postcodes"] = [{"postcode": "04524", "latitude": 37.56, "longitude": 126.97}]
    belonging(tables)
    tables["leads"] = leads()
    tables["spend"] = [
        {"spent_on": AS_OF.date() - timedelta(days=7 * n), "channel": "search", "cost": 100 + n, "campaign_id": "x"}
        for n in range(60)
    ]
    # enough of one thing in each of fourteen weeks to say what changed in the last
    tables["events"] += [
        {"customer_id": 1 + number % 9, "event_id": f"w{number}", "anonymous_id": "w", "event_name": "Page Viewed",
         "occurred_at": AS_OF - timedelta(days=number * 98 / 84, hours=1)}
        for number in range(84)
    ]  # fmt: skip
    return tables


def belonging(tables):
    """Homes of two and of one, and three accounts of which one belongs to another."""
    for person in tables["people"]:
        person["postcode"] = "04524" if person["customer_id"] % 2 else None
    tables["household_members"] = [
        {"customer_id": customer, "household_id": customer // 2 if customer < 20 else customer, "home_known": customer != 29,
         "evidence": "unit" if 1 < customer < 20 else None, "confidence": 0.95 if 1 < customer < 20 else None,
         "area": "서울 중구" if customer % 3 else None, "known_at": AS_OF - timedelta(days=customer)}
        for customer in CUSTOMERS
    ]  # fmt: skip
    names = {1: "가나전자", 2: "다라상사", 3: "마바물산"}
    tables["accounts"] = [
        {"account_id": number, "account_name": name, "industry": "전자" if number < 3 else "유통", "employee_count": 40 * number**3,
         "annual_revenue": 1000 * number, "parent_id": 1 if number == 2 else None, "top_id": 1 if number < 3 else 3, "record_count": 1,
         "country": "KR", "region": "서울"}
        for number, name in names.items()
    ]  # fmt: skip
    tables["account_tree"] = [
        {"account_id": below, "ancestor_id": above, "depth": int(below != above)}
        for below, above in ((1, 1), (2, 2), (2, 1), (3, 3))
    ]
    tables["account_members"] = [
        {"customer_id": customer, "account_id": customer % 3 + 1, "evidence": "given", "known_at": None}
        for customer in CUSTOMERS[:24]
    ]
    tables["opportunities"] = [
        {"opportunity_id": f"p{number}", "account_id": number % 3 + 1, "outcome": outcome, "stage": outcome, "amount": 10 * number,
         "opened_at": AS_OF - timedelta(days=200 + number), "closed_at": AS_OF - timedelta(days=number) if outcome != "open" else None}
        for number, outcome in enumerate(("won", "lost", "open", "won", "won", "lost", "lost", "open", "won"), start=1)
    ]  # fmt: skip
    for place, order in enumerate(tables["orders"]):
        order["record_no"] = 1000 + (order["customer_id"] or 0) * 2 + place % 2
        order["account_id"] = 3 if place % 5 == 0 else None


def leads():
    """Leads of two sources and of none, a third of them converted."""
    return [
        {"lead_ref": f"l{number:02}", "created_at": AS_OF - timedelta(days=100 + number), "lead_source": ("search", "fair", None)[number % 3],
         "converted": number % 3 == 0, "converted_at": AS_OF - timedelta(days=number) if number % 3 == 0 else None}
        for number in range(1, 40)
    ]  # fmt: skip


def moment(dice, seen):
    """Whole hours, so that local midnights and equal moments occur."""
    return seen + timedelta(hours=dice.randint(0, int((AS_OF - seen).total_seconds() // 3600)))


def order(tables, dice, customer, at):
    number = f"o{len(tables['orders']):03}"
    cancelled = at + timedelta(days=1) if dice.random() < 0.1 else None
    amounts = [Decimal(dice.randint(1, 9) * 5) for _ in range(dice.randint(1, 3))]
    common = {
        "customer_id": customer,
        "order_id": number,
        "ordered_at": at,
        "cancelled_at": cancelled,
        "shipped_at": at + timedelta(days=2),
    }
    tables["orders"].append(
        {**common, "status": "cancelled" if cancelled else "completed", "channel": dice.choice(["web", "store"]),
         "store_id": dice.choice(["s1", "s2", None]), "device": dice.choice(["mobile", "desktop", None]), "order_region": dice.choice(["서울", None]),
         "gross_amount": sum(amounts) + 2, "order_discount_amount": 2, "net_amount": sum(amounts), "margin_amount": sum(amounts) / 4,
         "line_count": len(amounts), "item_count": float(len(amounts))}
    )  # fmt: skip
    for place, amount in enumerate(amounts):
        tables["order_lines"].append(
            {**common, "line_no": place, "product_id": dice.choice(["p0", "p0", "p0", "p0", "p0", "p1", "p2", "p3", "p4", "p5"]), "quantity": 1.0, "discount_amount": place, "coupon_amount": dice.choice([0, 1]),
             "net_amount": amount, "cost_amount": amount * 3 / 4, "margin_amount": amount / 4}
        )  # fmt: skip
    if dice.random() < 0.2:
        tables["returns"].append(
            {"customer_id": customer, "order_id": number, "returned_at": at + timedelta(days=4), "refund_amount": 5}
        )


@pytest.fixture(scope="module")
def facts(write_facts, tmp_path_factory):
    return write_facts(tmp_path_factory.mktemp("rich"), **rich())


@pytest.fixture(scope="module")
def duck():
    with Duck(memory_limit="500MB", threads=1) as engine:
        yield engine


def profile_on(engine, facts, families):
    facts.mount(engine)
    made = build_profile(engine, Binder(facts, AS_OF, ZONE, dialect=engine.dialect), families)
    return made, engine.rows("SELECT * FROM profile ORDER BY customer_id")


@pytest.fixture(scope="module")
def whole_profile(duck, facts):
    """The profile with scores made by hand."""
    profile_on(duck, facts, REGISTRY.features.values())
    scores = {
        "churn_probability": "case when order_count > 0 then (customer_id % 7) / 7.0e0 end",
        "churn_horizon_days": "case when order_count > 0 then 60 end",
        "expected_margin_12m": "case when order_count > 0 then 10 * (customer_id % 5) + 1.25 end",
        "expected_margin_12m_low": "1", "expected_margin_12m_high": "99", "expected_orders_12m": "2.5", "alive_probability": "0.5",
    }  # fmt: skip
    predicted = [name for each in REGISTRY.predictions.values() for name in each.outputs]
    scores = {**dict.fromkeys(predicted, "0.5"), **scores}
    missing = [name for name in PROFILE if name not in scores and name not in duck.columns("profile")]
    assert not missing, f"the rich company gives no {missing}"
    listed = ", ".join(f"cast({text} as {PROFILE[name].sql_type}) as {name}" for name, text in scores.items())
    reasons = ", ".join(
        f"case when customer_id % 3 = 0 then 'taste:-0.5;history:+0.25' else 'history:+1.5' end as {name}" for name in REASONS
    )
    return duck.arrow(f"select *, {listed}, {reasons} from profile order by customer_id")


@pytest.fixture(scope="module")
def earlier_scores(duck, whole_profile):
    """Scores of two earlier moments, made by hand; one customer is not among them and one is there no more."""
    duck.register("whole", whole_profile)
    duck.define(
        "earlier",
        """
        select case when customer_id = 9 then 900 else customer_id end as customer_id, moment as scored_at,
               case when customer_id % 4 = 0 then 'lapsed' else lifecycle_stage end as lifecycle_stage,
               cast(expected_margin_12m + customer_id % 3 - 1 as decimal(18, 2)) as expected_margin_12m, churn_probability,
               1 - churn_probability as repurchase_30_probability
        from whole, (select timestamp '2026-01-10' as moment union all select timestamp '2026-02-20') where customer_id <> 10""",
    )
    return duck.arrow("select * from earlier order by scored_at, customer_id")


FIGURES = [
    {"figure": "yearly_budget", "amount": 1000.5},
    {"figure": "average_order_value", "amount": 12.5, "source": "an association, 2025"},
    {"figure": "market_total", "category": "k1", "amount": 5000.0, "source": "an institute, 2025"},
    {"figure": "market_total", "amount": 9000.0, "source": "an institute, 2025"},
]

REACHED = [
    {"score": score, "low": 0.8, "high": 1.25, "own": 1.4, "together": 0.15, "range_share": 0.8}
    for score in ("expected_margin_12m", "expected_orders_12m")
]


def decided():
    """A campaign of last autumn: every third customer held out, two arms."""
    return [
        {"customer_id": customer, "campaign_id": "own", "programme": "win_back", "decided_at": AS_OF - timedelta(days=60), "cost": 2,
         "action": "contact" if customer % 3 else "hold_out", "arm": f"arm_{customer % 2}" if customer % 3 else None,
         "probability": 0.5}
        for customer in CUSTOMERS
    ]  # fmt: skip


def called():
    """Open leads of three sources and their accounts, scored by hand."""
    leads = [
        {"lead_ref": f"l{number:02}", "customer_id": number % 9 or None, "account_id": number % 3 + 1,
         "created_at": AS_OF - timedelta(days=number), "lead_source": ("search", "fair", None)[number % 3],
         "lead_probability": number % 10 / 10, "lead_percentile": number, "lead_fit": number % 50, "lead_intent": number % 20,
         "lead_value": 100 + number, "lead_expected": 10 + number % 10, "lead_reasons": "visits:+0.5"}
        for number in range(1, 40)
    ]  # fmt: skip
    accounts = [
        {"account_id": number, "account_name": f"account {number}", "lead_count": 13, "open_count": number, "win_rate": number / 10,
         "account_chance": number / 4, "expected_from_leads": 100 * number, "expected_from_deals": 50, "account_expected": 100 * number + 50,
         "expected_margin_12m": 7}
        for number in (1, 2, 3)
    ]  # fmt: skip
    return {SCORED_LEADS: leads, SCORED_ACCOUNTS: accounts}


def same(left, right):
    if isinstance(left, float | Decimal | int) and isinstance(right, float | Decimal | int) and not isinstance(left, bool):
        return math.isclose(float(left), float(right), rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(left, datetime) and isinstance(right, datetime):
        return left == right.replace(tzinfo=None)
    return left == right and not (isinstance(left, date) ^ isinstance(right, date))


def agree(left, right):
    assert len(left) == len(right)
    assert left, "no row to compare"
    wrong = [
        (name, one[name], other[name])
        for one, other in zip(left, right, strict=True)
        for name in one
        if not same(one[name], other[name])
    ]
    assert not wrong, wrong[:5]


@pytest.mark.parametrize("family", [pytest.param(each, id=each.name) for each in REGISTRY.features.values()])
def test_features_agree(family, duck, spark, facts):
    made, here = profile_on(duck, facts, [family])
    _, there = profile_on(spark, facts, [family])
    assert set(made.columns) == set(family.outputs)
    assert any(value is not None for row in here for name, value in row.items() if name in family.outputs)
    agree(here, there)


@pytest.mark.parametrize("question", [pytest.param(each, id=each.number) for each in REGISTRY.questions.values()])
def test_questions_agree(question, duck, spark, facts, whole_profile, earlier_scores, arrow_of):
    options = {"fewest": 2} if "fewest" in {option.name for option in question.options} else {}
    query = question.query(**options)
    answers = []
    for engine in (duck, spark):
        facts.mount(engine)
        engine.register("scored", whole_profile)
        engine.register("kept", earlier_scores)
        columns = {
            "customer_id": "BIGINT",
            "first_seen_at": "TIMESTAMP",
            **{name: each.sql_type for name, each in {**PROFILE, **REASONS}.items()},
        }
        engine.register("figures", arrow_of(FIGURES, BESIDE_TYPES[ENTERED], every=True))
        engine.register("decided", arrow_of(decided(), BESIDE_TYPES[DECISIONS], every=True))
        engine.register("reached", arrow_of(REACHED, BESIDE_TYPES[RANGES], every=True))
        for table, rows in called().items():
            engine.register(f"kept_{table}", arrow_of(rows, LED[table], every=True))
        more = {
            **{table: (named(f"kept_{table}"), LED[table]) for table in LED},
            "profile": (named("scored"), columns),
            EARLIER: (named("kept"), TYPES),
            ENTERED: (named("figures"), BESIDE_TYPES[ENTERED]),
            DECISIONS: (named("decided"), BESIDE_TYPES[DECISIONS]),
            RANGES: (named("reached"), BESIDE_TYPES[RANGES]),
        }
        binder = Binder(facts, AS_OF, ZONE, dialect=engine.dialect).reading(**more)
        bound = binder.bind(query, where=question.name, optional=question.optional)
        assert not bound.lost, bound.missing
        engine.create("answer", bound.tree, temporary=True)
        table = engine.rows("SELECT * FROM answer")
        headline = engine.rows(bind(question.headline, Scope(AS_OF, ZONE, engine.dialect)))
        answers.append((sorted(table, key=str) if "order by" not in query.text().lower() else table, headline))
        engine.drop("answer")
    (here, first), (there, second) = answers
    agree(here, there)
    agree(first, second)
