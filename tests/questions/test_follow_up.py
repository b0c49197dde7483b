"""Value after contact (V13), recomputed by Python from made decisions; a planted effect is found and chance is called chance."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import timedelta

import numpy as np
import pytest
from sqlglot import exp

from dangol.workspace.answers import Asker
from dangol.workspace.beside import BESIDE_TYPES, DECISIONS
from dangol.workspace.binding import Binder
from dangol.workspace.registry import readable_columns


def asked_about(simulated, rows):
    """V13 as asked beside made decisions: (customer, campaign, moment, action, cost)."""
    snapshot = simulated.company.snapshot
    duck = snapshot.duck.cursor()
    listed = ", ".join(
        f"({each}, '{campaign}', timestamp '{at}', '{action}', {cost})" for each, campaign, at, action, cost in rows
    )
    duck.execute(
        f"""create or replace temp table made_decisions as select cast(c as bigint) as customer_id, i as campaign_id,
        'win_back' as programme, d as decided_at, a as action, null::varchar as arm, 0.5e0 as probability,
        cast(m as decimal(18, 2)) as cost from (values {listed}) v(c, i, d, a, m)"""
    )
    binder = Binder(snapshot.facts, snapshot.as_of, simulated.company.settings.company.zone)
    asker = Asker(duck, binder, snapshot.columns, beside={DECISIONS: (exp.to_table("made_decisions"), BESIDE_TYPES[DECISIONS])})
    question = simulated.company.registry.find_question("V13")
    answer = asker.ask(question, readable_columns(simulated.company.registry))
    names = [column[0] for column in answer.columns]
    return question, answer, [dict(zip(names, row, strict=True)) for row in answer.rows]


def came_by(simulated):
    """Customer → (moment, margin) of orders and refunds."""
    found = defaultdict(list)
    for row in simulated.sql("""
        select customer_id, at_utc as moment, margin::double as amount from orders where customer_id is not null
        union all select customer_id, clock - interval 9 hour, -refund::double from returns where customer_id is not null"""):
        found[row["customer_id"]].append((row["moment"], row["amount"]))
    return found


def delivered(simulated):
    """Members of the company's own randomised campaigns, as rows of decisions; whoever is in one twice is left out."""
    snapshot = simulated.company.snapshot
    members = simulated.company.root / snapshot.pointer.facts / "facts" / "campaign_members.parquet"
    rows = simulated.sql(f"""
        select m.customer_id, m.campaign_id, coalesce(min(m.assigned_at), min(c.starts_at)) as since,
               case when min(coalesce(m.arm, 'treated')) <> 'held_out' then 'contact' else 'hold_out' end as action,
               min(coalesce(c.cost_per_contact, 0))::double as cost
        from '{members}' m join campaigns c using (campaign_id) where c.randomised and m.customer_id is not null
        group by all having count(*) = 1""")
    return [(row["customer_id"], row["campaign_id"], row["since"], row["action"], row["cost"]) for row in rows]


def test_value_after_contact(simulated):
    """Two campaigns of other ages: each step counts those that are that old, each against its own held-out customers."""
    now = simulated.sql("select utc from now")[0]["utc"]
    people = [row["customer_id"] for row in simulated.sql("select customer_id from people order by 1")]
    rows = [
        (each, campaign, now - timedelta(days=age), "contact" if each % modulus else "hold_out", 100 if each % modulus else 0)
        for campaign, age, modulus in (("young", 65, 3), ("old", 200, 2))
        for each in people
    ]
    _, _, table = asked_about(simulated, rows)
    came, by_step = came_by(simulated), {row["days_after"]: row for row in table}
    assert set(by_step) >= {30, 60, 90, 120, 150, 180}
    members = rows + delivered(simulated)
    for days, row in by_step.items():
        groups = defaultdict(lambda: {"contact": [], "hold_out": []})
        costs = []
        for each, campaign, since, action, cost in members:
            until = since + timedelta(days=days)
            if until <= now:
                groups[campaign][action].append(sum(amount for moment, amount in came[each] if since <= moment < until))
                costs += [cost] if action == "contact" else []
        parts = [(np.array(each["contact"]), np.array(each["hold_out"])) for each in groups.values() if all(each.values())]
        assert row["campaign_count"] == len(parts)
        size = sum(len(treated) for treated, _ in parts)
        assert row["treated_count"] == size
        means = [sum(len(part[0]) / size * part[side].mean() for part in parts) for side in (0, 1)]
        error = math.sqrt(sum((len(t) / size) ** 2 * (t.var(ddof=1) / len(t) + h.var(ddof=1) / len(h)) for t, h in parts))
        assert [float(row[name]) for name in ("treated_value", "held_out_value")] == pytest.approx(means, abs=0.02)
        ends = [means[0] - means[1] - 1.96 * error, means[0] - means[1] + 1.96 * error]
        assert [float(row[f"difference_{end}"]) for end in ("low", "high")] == pytest.approx(ends, abs=0.05)
        assert float(row["cost_each"]) == pytest.approx(np.mean(costs), abs=0.01)


def test_what_chance_explains_is_called_chance_and_an_effect_is_told(simulated):
    now = simulated.sql("select utc from now")[0]["utc"]
    since = now - timedelta(days=95)
    came = came_by(simulated)
    people = [row["customer_id"] for row in simulated.sql("select customer_id from people order by 1")]
    worth = {each: sum(amount for moment, amount in came[each] if moment >= since) for each in people}
    middle = float(np.median(list(worth.values())))
    for rule, said, unsaid in (
        (lambda each: each % 2, "chance can explain", "more each than"),
        (lambda each: worth[each] > middle, "more each than", "chance can explain"),
    ):
        rows = [(each, "made", since, "contact" if rule(each) else "hold_out", 50) for each in people]
        question, answer, _ = asked_about(simulated, rows)
        sentence = simulated.company.sentence(question, answer, "en")
        assert said in sentence
        assert unsaid not in sentence
