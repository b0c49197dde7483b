"""A planted cause leaves its trace, drives people away, and is found; without one nothing of it is there."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from dangol.core.engine import Duck
from dangol.core.errors import ConfigError
from dangol.simulate import Plan, read_truth, simulate
from dangol.simulate.plan import CAUSES
from dangol.workspace.company import Company

OFF = ("churn", "lifetime_value", "second_order", "repurchase_30", "repurchase_90", "first_order", "next_order")
# Of those whom the cause met: what is there only since then.
TRACES = {
    "price": """
        select avg((discount_amount > 0)::int) filter (where ordered_at < grieved_at) as before,
               avg((discount_amount > 0)::int) filter (where ordered_at >= grieved_at) as after
        from lines join met using (person_id)""",
    "service": """
        select 0 as before, -avg((resolved_at is null or resolved_at > grieved_at + interval 29 day)::int) as after
        from met left join talks t using (person_id)
        where t.occurred_at between grieved_at - interval 1 hour and grieved_at + interval 1 hour""",
    "loyalty": """
        select avg(categories) filter (where not since) as before, avg(categories) filter (where since) as after
        from (select person_id, ordered_at >= grieved_at as since, count(distinct category) as categories
              from lines join met using (person_id) join products using (product_id) group by all having count(*) > 4)""",
    "communication": """
        select 0 as before, -avg(exists (
                   select 1 from letters l where l.person_id = m.person_id and message_event = 'unsubscribed'
                   and occurred_at between grieved_at - interval 1 day and grieved_at + interval 1 day)::int) as after
        from met m""",
}


def opened(folder: Path) -> Duck:
    """Lines, talks and letters by person, and whom the cause met while data were delivered."""
    duck = Duck()
    for name in ("mall_order_lines", "pos_order_lines", "mall_interactions", "mall_messages", "products"):
        duck.view(name, sorted((folder / "data").glob(f"{name}-*.parquet")))
    for name in ("people", "records"):
        duck.view(name, sorted((folder / "truth").glob(f"{name}-000-*.parquet")))
    whose = "join records r on r.system = '{}' and r.customer_ref = x.customer_ref"
    figures = "person_id, product_id, ordered_at, discount_amount"
    sold = [f"select {figures} from {name}_order_lines x {whose.format(name)}" for name in ("mall", "pos")]
    duck.define("lines", " union all by name ".join(sold))
    duck.define("talks", f"select person_id, occurred_at, resolved_at from mall_interactions x {whose.format('mall')}")
    duck.define("letters", f"select person_id, occurred_at, message_event from mall_messages x {whose.format('mall')}")
    duck.define("met", """
        select person_id, grieved_at from people
        where grieved_at < coalesce(churned_at, timestamp '2026-10-31 15:00')
              and grieved_at < timestamp '2026-10-31 15:00' - interval 40 day""")  # fmt: skip
    return duck


@pytest.mark.parametrize("cause", CAUSES[1:])
def test_each_cause_leaves_its_trace_and_drives_people_away(tmp_path: Path, cause: str) -> None:
    simulate(tmp_path, Plan(customers=2_000, seed=3, korean=False, event_volume=0, cause=cause))
    duck = opened(tmp_path)
    found = duck.row(TRACES[cause])
    assert found["after"] < 0.6 * found["before"] or found["after"] < -0.9, found
    met, left = (duck.value(f"select count(*) from met {more}") for more in (
        "", "join people using (person_id) where churned_at < met.grieved_at + interval 150 day"))  # fmt: skip
    assert met > 200
    assert left / met > 0.5


def test_without_a_cause_nobody_is_met(tmp_path: Path) -> None:
    simulate(tmp_path, Plan(customers=1_000, seed=3, korean=False, event_volume=0, message_volume=0))
    assert "grieved_at" not in read_truth(tmp_path, "people").column_names
    with pytest.raises(ConfigError, match="weather"):
        Plan(cause="weather")


def test_a_taste_that_narrows_is_among_the_first_three_signs_of_leaving(tmp_path: Path) -> None:
    simulate(tmp_path, Plan(customers=2_000, seed=5, korean=False, event_volume=0, cause="loyalty"))
    settings = yaml.safe_load((tmp_path / "dangol.yaml").read_text(encoding="utf-8"))
    settings["predictions"] = {name: {"active": False} for name in OFF}
    (tmp_path / "dangol.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8")
    company = Company.open(tmp_path)
    company.run()
    _, answer = company.ask("K2")
    names = [column[0] for column in answer.columns]
    first = [dict(zip(names, row, strict=True)) for row in answer.rows[:3]]
    assert "loyalty" in [row["cause_group"] for row in first]
