"""Shops that deliver orders and nothing else: growth is no season, what nobody delivered is absent, and no costs means sales.

Both are invented so that the truth is known: one grows by 4 % a month and only one of its groups has a season; in the other every
customer buys in a rhythm of his own from the day he came, so that no month is better than another.
"""

from __future__ import annotations

import calendar
import csv
import random
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from dangol.faces.cli.know import worded
from dangol.workspace.company import Company

SETTINGS = """
company: {name: Shop, language: en, zone: UTC, currency: USD}
sources:
  - {name: orders, files: [orders.csv], table: order_lines, system: main, columns: {order_id: order, ordered_at: at,
     customer_ref: customer, product_id: product, category: category, quantity: quantity, net_amount: amount}}
"""
MONTHS = [datetime(2024 + place // 12, place % 12 + 1, 1) for place in range(30)]
SEASON = {3: 3.0, 10: 2.5}


def shop(base, orders):
    """A company made of (customer, moment, category, amount), after its whole run."""
    with (base / "orders.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("order", "at", "customer", "product", "category", "quantity", "amount"))
        for number, (customer, at, category, amount) in enumerate(orders):
            writer.writerow((f"O{number}", at.isoformat(sep=" "), f"K{customer}", f"P{category}", category, 1, amount))
    (base / "dangol.yaml").write_text(SETTINGS)
    company = Company.open(base)
    company.run()
    return company


@pytest.fixture(scope="module")
def growing(tmp_path_factory):
    """4 % more orders every month; category `spring` sells threefold in March and 2.5-fold in October of every year."""
    draw = random.Random(7)
    people = [(number, draw.choice(("spring", "plain", "usual", "common"))) for number in range(900)]
    orders = []
    for place, (since, before) in enumerate(pairwise([*MONTHS, datetime(2026, 7, 1)])):
        known = people[: 150 + 25 * place]
        heights = [SEASON.get(since.month, 1.0) if category == "spring" else 1.0 for _, category in known]
        for customer, category in draw.choices(known, heights, k=round(150 * 1.04**place * sum(heights) / len(known))):
            at = since + (before - since) * draw.random()
            orders.append((customer, at.replace(microsecond=0), category, round(draw.uniform(30, 50), 2)))
    return shop(tmp_path_factory.mktemp("growing"), orders)


@pytest.fixture(scope="module")
def steady(tmp_path_factory):
    """Forty who buy for 60 every third day and 160 who buy for 20 every tenth, each from the day he came; one comes every fifth."""
    orders = []
    for number in range(200):
        step, amount = (3, 60) if number % 5 == 0 else (10, 20)
        at = datetime(2024, 1, 10, 12) + timedelta(days=4 * number)
        while at < datetime(2026, 7, 1):
            orders.append((number, at, "tea", amount))
            at += timedelta(days=step)
    return shop(tmp_path_factory.mktemp("steady"), orders)


def asked(company, number, **options):
    """An answer with its rows by column, and its sentence in English."""
    question, answer = company.ask(number, options)
    assert answer.answerable, answer.missing
    names = [column[0] for column in answer.columns]
    return answer, [dict(zip(names, row, strict=True)) for row in answer.rows], company.sentence(question, answer, "en")


def test_growth_is_no_season(growing):
    """V10: only the group that was made with a season deserves a date of its own, and its best month is the one that was made."""
    answer, rows, sentence = asked(growing, "V10")
    found = {row["group_name"]: row for row in rows}
    assert {name for name, row in found.items() if row["is_repeated"]} == {"spring"}
    assert (found["spring"]["best_month"], found["spring"]["best_month_before"]) == (3, 3)
    assert (answer.headline["groups"], answer.headline["tested"], answer.headline["group"]) == (1, 4, "spring")
    assert "Of 4 groups 1 had the same season" in sentence


def test_vips_who_came_later_make_no_season(steady):
    """V4: nobody buys more in any month than in another, and so no month may stand out."""
    answer, rows, _ = asked(steady, "V4")
    assert [row["month_of_year"] for row in rows] == list(range(1, 13))
    for row in rows:
        assert row["vip_index"] == pytest.approx(1, abs=0.06)
        assert row["other_index"] == pytest.approx(1, abs=0.06)
    assert answer.headline["n"] == 40


@pytest.mark.parametrize("number", ["V3", "V4"])
def test_vips_are_ranked_by_sales_where_no_costs_are_known(growing, number):
    answer, _, sentence = asked(growing, number)
    assert "VIPs are ranked by “Net sales”." in sentence
    assert "predicted" not in answer.trust.reasons
    by_sales, _, said = asked(growing, number, by="sales")
    assert [list(row) for row in answer.rows] == [list(row) for row in by_sales.rows]
    assert "ranked by" not in said
    assert "predicted" not in by_sales.trust.reasons


def test_discounts_that_nobody_delivered_are_absent(growing):
    """No answer and no column of the profile speaks of discounts; what would tell is named."""
    answer, rows, sentence = asked(growing, "V4")
    assert "iscount" not in sentence
    assert not {"vip_discount_share", "other_discount_share"} & set(rows[0])
    assert {"order_lines.discount_amount", "order_lines.coupon_amount"} <= set(answer.missing)
    told = {
        "discount_share",
        "discounted_line_share",
        "discount_amount",
        "coupon_order_share",
        "coupon_amount",
        "first_discounted",
    }
    assert not told & set(growing.snapshot.columns)
    traits = [row["trait"] for row in asked(growing, "V3")[1]]
    assert traits
    assert not [each for each in traits if "discount" in each or "coupon" in each]
    assert "for rewards only" not in asked(growing, "V5")[2]
    assert list(growing.ask("V11")[1].missing) == ["profile.margin"]


def test_without_costs_nothing_is_said_of_profit(growing):
    """Q40: neither our own share of profit nor the book's."""
    answer, rows, sentence = asked(growing, "Q40")
    assert "60 %" in sentence
    assert "profit" not in sentence
    assert not {"same_margin_share", "book_profit_share"} & set(rows[0])
    assert answer.headline["earned20"] is None


def test_the_command_line_names_days_of_the_week(growing):
    """V10: a reader of the terminal sees the same words as one of the page."""
    answer, rows, _ = asked(growing, "V10")
    place = [column[0] for column in answer.columns].index("main_weekday")
    names = [calendar.day_name[row["main_weekday"] - 1] for row in rows]
    assert [worded(answer, row)[place] for row in answer.rows] == names
