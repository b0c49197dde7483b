"""What changed in a week (K3): recomputed with NumPy and SciPy, right about an injected change, quiet about shuffled weeks."""

from __future__ import annotations

import math
from collections import Counter
from datetime import datetime, timedelta

import numpy as np
import pytest
from scipy import stats

from dangol.questions.week import AHEAD, CRITICAL
from dangol.workspace.company import Company

RATIOS = ("average_order_value", "opens_of_100")
MOMENTS = {
    "orders": "select at_utc as moment from orders",
    "new_customers": "select min(at_utc) as moment from orders where customer_id is not null group by customer_id",
    "returned_lines": "select clock - interval 9 hour as moment from returns",
    "enquiries": "select occurred_at as moment from interactions",
    "low_ratings": "select given_at as moment from feedback where rating <= 2",
    "unsubscribes": "select occurred_at as moment from messages where message_event = 'unsubscribed'",
    "web_events": "select occurred_at as moment from events",
}


def levels_of(company):
    """Level of each of thirteen weeks by measure, this week last; only of measures that are watched."""
    now = company.sql("select utc from now")[0]["utc"]
    found = {}
    for name, text in MOMENTS.items():
        rows = company.sql(f"select moment from ({text}) where moment is not null and moment < (select utc from now)")
        moments = [row["moment"] for row in rows]
        counted = Counter((now - at) // timedelta(days=7) for at in moments)
        weeks = np.array([counted[week] for week in range(12, -1, -1)], dtype=float)
        if moments and now - min(moments) >= timedelta(days=91) and weeks[:-1].mean() >= 4:
            found[name] = np.sqrt(weeks + 0.375)
    for name, text in (("average_order_value", "select at_utc as moment, net as part, 1 as whole from orders"),
                       ("opens_of_100", """select occurred_at as moment, (message_event = 'opened')::int * 100 as part,
                                           (message_event = 'sent')::int as whole from messages""")):  # fmt: skip
        sums = np.zeros((13, 2))
        for row in company.sql(f"select * from ({text}) where moment < (select utc from now)"):
            week = (now - row["moment"]) // timedelta(days=7)
            if week < 13:
                sums[12 - week] += (float(row["part"]), float(row["whole"]))
        if (sums[:, 1] >= 10).all() and (sums[:, 0] > 0).all():
            found[name] = np.log(sums[:, 0] / sums[:, 1])
    return found


def moved(level, measures, noise):
    """How far this week is from a line through the twelve before, in reaches; expectation and reach."""
    at = np.arange(-12, 0)
    slope, start = np.polyfit(at, level[:-1], 1)
    scatter = max(math.sqrt(((level[:-1] - start - slope * at) ** 2).sum() / 10), noise)
    ahead = math.sqrt(1 + 1 / 12 + 6.5**2 / 143)
    reach = float(stats.t.ppf(1 - 0.05 / (2 * measures), 10)) * ahead * scatter
    return abs(level[-1] - start) / reach, start, reach


def test_constants_are_those_of_student_and_of_the_line():
    quantiles = [stats.t.ppf(1 - 0.05 / (2 * count), 10) for count in range(1, 10)]
    assert list(CRITICAL) == pytest.approx(quantiles, abs=1e-4)
    assert math.isclose(AHEAD, math.sqrt(1 + 1 / 12 + 6.5**2 / 143), abs_tol=1e-6)


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["groceries", "simulated"])
def test_week_changes(request, name):
    """K3: every watched measure, its usual range and whether chance explains it (R096, R205)."""
    company = request.getfixturevalue(name)
    if name == "groceries":
        tables = {"feedback": "given_at timestamp, rating int", "interactions": "occurred_at timestamp",
                  "events": "occurred_at timestamp", "messages": "occurred_at timestamp, message_event varchar"}  # fmt: skip
        for table, columns in tables.items():
            company.raw.execute(f"create table if not exists {table} ({columns})")
    else:
        snapshot = company.company.snapshot
        feedback = company.company.root / snapshot.pointer.facts / "facts" / "feedback.parquet"
        company.raw.execute(f"create or replace view feedback as from '{feedback}'")
    levels, table = levels_of(company), company.table("K3")
    assert {row["measure"] for row in table} == set(levels)
    wanted = {each: moved(level, len(levels), 0.01 if each in RATIOS else 0.5) for each, level in levels.items()}
    assert [row["measure"] for row in table] == sorted(wanted, key=lambda each: (-wanted[each][0], each))
    for row in table:
        far, expected, reach = wanted[row["measure"]]
        back = math.exp if row["measure"] in RATIOS else lambda level: max(max(level, 0) ** 2 - 0.375, 0)
        assert row["this_week"] == pytest.approx(back(levels[row["measure"]][-1]))
        ends = [row["usual_low"], row["usual"], row["usual_high"]]
        assert ends == pytest.approx([back(expected - reach), back(expected), back(expected + reach)], rel=1e-4, abs=1e-3)
        assert row["beyond_chance"] == (far > 1)
        assert row["change"] == pytest.approx(row["this_week"] / row["usual"] - 1)


def test_quiet_weeks_raise_a_false_alarm_in_one_of_twenty():
    """Seven measures of nothing but chance, more scattered than chance alone, and growing: the list is empty in 95 % of weeks."""
    dice = np.random.default_rng(3)
    for scatter, growth in ((0.0, 0.0), (0.2, 0.0), (0.1, 0.02)):
        alarms = 0
        for _ in range(1_000):
            level = 60 * np.exp(growth * np.arange(13) + scatter * dice.standard_normal((7, 13)))
            counts = np.sqrt(dice.poisson(level) + 0.375)
            alarms += any(moved(each, 7, 0.5)[0] > 1 for each in counts)
        assert alarms / 1_000 <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 1_000), (scatter, growth)


@pytest.fixture(scope="module")
def fallen(tmp_path_factory):
    """Sixteen weeks of a shop with 20 orders a week; in the last one there are 3."""
    base, lines, number = (
        tmp_path_factory.mktemp("fallen"),
        ["order_id,customer_ref,ordered_at,product_id,quantity,net_amount"],
        0,
    )
    dice = np.random.default_rng(8)
    for week in range(16):
        for _ in range(3 if week == 15 else int(dice.poisson(20))):
            number += 1
            at = datetime(2026, 3, 2) + timedelta(days=7 * week + float(dice.uniform(0, 6.9)))
            lines.append(f"{number},c{dice.integers(1, 60)},{at:%Y-%m-%d %H:%M},p1,1,{20_000 + int(dice.integers(0, 5_000))}")
    lines.append(f"{number + 1},c1,2026-06-21 23:00,p1,1,21000")
    (base / "lines.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (base / "dangol.yaml").write_text(
        "company: {name: 가게, zone: Asia/Seoul, currency: KRW, margin_share: 0.3}\nengine: {threads: 1}\n"
        "sources:\n  - {name: shop, files: [lines.csv], table: order_lines}\n",
        encoding="utf-8",
    )
    company = Company.open(base)
    company.run()
    return company


def test_an_injected_fall_is_named_with_what_to_do(fallen):
    question, answer = fallen.ask("K3")
    names = [column[0] for column in answer.columns]
    first = dict(zip(names, answer.rows[0], strict=True))
    assert (first["measure"], first["beyond_chance"], first["suggestion"]) == ("orders", True, "call_leaving")
    assert first["this_week"] == 4
    assert 12 < first["usual"] < 28
    korean, english = (fallen.sentence(question, answer, language) for language in ("ko", "en"))
    assert "벗어났습니다" in korean
    assert "주문" in korean
    assert "within their usual range" not in english
    assert "Orders moved most: 4" in english
