"""Every family of features on at most ten rows, with results worked out by hand; on DuckDB, and on Spark when marked."""

from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal

import pytest

from dangol.workspace.registry import discover

AS_OF = datetime(2026, 3, 1)


def order(customer, number, at, net=10, **more):
    return {"customer_id": customer, "order_id": f"o{number}", "ordered_at": at, "status": "completed", "net_amount": net,
            "order_discount_amount": 0, "line_count": 1, "item_count": 1.0, **more}  # fmt: skip


def line(customer, number, product, at, net=10, **more):
    return {"customer_id": customer, "order_id": f"o{number}", "line_no": 1, "ordered_at": at, "product_id": product, "net_amount": net,
            "discount_amount": 0, "coupon_amount": 0, **more}  # fmt: skip


# Family → (tables, customer → expected values). Moments are UTC; the company's clock is Seoul, nine hours ahead.
EXAMPLES = {
    "rfm": (
        {
            "orders": [
                order(1, 1, "2026-02-19", 100, margin_amount=40),
                order(1, 2, "2026-02-24 12:00", 50, margin_amount=20),
                order(2, 3, "2026-01-30", 30, margin_amount=9),
                order(2, 4, "2026-02-27", 99, margin_amount=9, status="cancelled", cancelled_at="2026-02-28"),
                order(3, 5, "2026-03-01", 70, margin_amount=7),
            ],
            "returns": [{"customer_id": 1, "returned_at": "2026-02-25", "refund_amount": 30}],
        },
        {
            1: {"recency_days": 4.5, "order_count": 2, "net_sales": Decimal(120), "margin": Decimal(30), "average_order_value": Decimal(60),
                "recency_score": 5, "frequency_score": 5, "monetary_score": 5, "last_ordered_at": datetime(2026, 2, 24, 12)},
            2: {"recency_days": 30.0, "order_count": 1, "net_sales": Decimal(30), "recency_score": 1, "monetary_score": 1},
            3: {"recency_days": None, "order_count": None},
        },
    ),
    "basket": (
        {"orders": [
            order(1, 1, "2026-02-20", 100, line_count=3, item_count=5.0),
            order(1, 2, "2025-12-15", 40, line_count=1, item_count=2.0),
            order(1, 3, "2025-10-15", 70, line_count=2, item_count=2.0),
        ]},
        {1: {"lines_per_order": 2.0, "items_per_order": 3.0, "largest_order": Decimal(100), "order_count_30": 1, "order_count_90": 2,
             "order_count_365": 3, "net_sales_30": Decimal(100), "net_sales_90": Decimal(140), "net_sales_365": Decimal(210), "sales_trend": 2.0}},
    ),
    "breadth": (
        {"order_lines": [line(1, 1, "a", "2026-02-01"), line(1, 2, "a", "2026-02-02"), line(1, 2, "b", "2026-02-02"), line(1, 3, "a", "2026-02-03")]},
        {1: {"product_count": 2, "products_per_line": 0.5}},
    ),
    "cadence": (
        {"orders": [
            order(1, 1, "2026-01-01 01:00"), order(1, 2, "2026-01-01 02:00"), order(1, 3, "2026-01-11 01:00"), order(1, 4, "2026-01-31 01:00"),
            order(2, 5, "2026-02-01"),
        ]},
        {
            1: {"order_day_count": 3, "mean_gap_days": 15.0, "gap_variation": pytest.approx(50**0.5 / 15), "longest_gap_days": 20.0,
                "last_gap_days": 20.0, "overdue_ratio": pytest.approx((28 + 23 / 24) / 15), "expected_order_at": datetime(2026, 2, 15, 1)},
            2: {"order_day_count": 1, "mean_gap_days": None, "overdue_ratio": None, "expected_order_at": None},
        },
    ),
    "demographics": (
        {"people": [
            {"customer_id": 1, "first_seen_at": "2025-01-01", "record_count": 1, "gender": "female", "birth_date": "1996-03-01", "city": "서울"},
            {"customer_id": 2, "first_seen_at": "2025-01-01", "record_count": 0},
        ]},
        {
            1: {"gender": "female", "age_years": pytest.approx(10957 / 365.25), "city": "서울", "demographics_provenance": "given"},
            2: {"gender": None, "age_years": None, "demographics_provenance": "missing"},
        },
    ),
    "discount": (
        {"order_lines": [line(1, 1, "a", "2026-02-01", 80, discount_amount=15, coupon_amount=5), line(1, 2, "a", "2026-02-02", 100)]},
        {1: {"discount_share": 0.075, "discounted_line_share": 0.5, "discount_amount": Decimal(15)}},
    ),
    "coupon": (
        {"order_lines": [line(1, 1, "a", "2026-02-01", 80, coupon_amount=5), line(1, 1, "b", "2026-02-01"), line(1, 2, "a", "2026-02-02")]},
        {1: {"coupon_order_share": 0.5, "coupon_amount": Decimal(5)}},
    ),
    "rewarded": (
        {"order_lines": [
            line(1, 1, "a", "2026-02-01", coupon_amount=5), line(1, 2, "a", "2026-02-02"),
            line(2, 3, "a", "2026-02-01", discount_amount=5), line(3, 4, "a", "2026-02-01", discount_amount=5), line(3, 5, "a", "2026-02-02"),
            line(4, 6, "a", "2026-02-01", discount_amount=None, coupon_amount=None),
        ]},
        {1: {"mostly_rewarded": True}, 2: {"mostly_rewarded": True}, 3: {"mostly_rewarded": False}, 4: {"mostly_rewarded": None}},
    ),
    "visits": (
        {"events": [
            {"customer_id": 1, "occurred_at": "2026-02-20 14:59", "event_name": "Product Added"},
            {"customer_id": 1, "occurred_at": "2026-02-20 15:00", "event_name": "Products Searched"},
            {"customer_id": 1, "occurred_at": "2025-12-20", "event_name": "Product Added"},
            {"customer_id": 1, "occurred_at": "2025-11-20", "event_name": "Product Added"},
        ]},
        {1: {"event_count_30": 2, "event_count_90": 3, "visit_day_count_90": 3, "cart_count_90": 2, "search_count_90": 1, "last_visit_days": 8.375}},
    ),
    "messages_answered": (
        {"messages": [
            {"customer_id": 1, "message_id": "a", "message_event": "sent", "occurred_at": "2026-02-01"},
            {"customer_id": 1, "message_id": "a", "message_event": "opened", "occurred_at": "2026-02-02"},
            {"customer_id": 1, "message_id": "a", "message_event": "opened", "occurred_at": "2026-02-03"},
            {"customer_id": 1, "message_id": "b", "message_event": "sent", "occurred_at": "2026-02-04"},
            {"customer_id": 1, "message_id": "b", "message_event": "clicked", "occurred_at": "2026-03-04"},
            *({"customer_id": customer, "message_id": f"{customer}{name}", "message_event": event, "occurred_at": day}
              for customer in (1, 2) for name in "xyz"
              for event, day in (("sent", "2025-11-20"), ("opened", "2025-12-20"), ("clicked", "2025-12-20"))),
        ]},
        {1: {"message_count_90": 2, "open_share_90": 0.5, "click_share_90": 0.0},
         2: {"message_count_90": 0, "open_share_90": None, "click_share_90": None}},
    ),
    "conversations": (
        {"interactions": [
            {"customer_id": 1, "occurred_at": "2026-02-01", "resolved_at": "2026-02-02"},
            {"customer_id": 1, "occurred_at": "2026-02-20", "resolved_at": "2026-03-02"},
            {"customer_id": 1, "occurred_at": "2025-10-01", "resolved_at": None},
        ]},
        {1: {"conversation_count_90": 2, "open_conversation_count": 2}},
    ),
    "first_order": (
        {"orders": [
            order(1, 2, "2026-01-01", 20, channel="web", store_id="s2", order_discount_amount=1), order(1, 1, "2026-01-01", 10, channel="store", store_id="s1"),
            order(1, 3, "2026-01-05", 90, channel="app", store_id="s9"),
        ]},
        {1: {"first_ordered_at": datetime(2026, 1, 1), "first_order_value": Decimal(10), "first_channel": "store", "first_store": "s1", "first_discounted": False}},
    ),
    "past_best": (
        # five bought between 2024-03-01 and 2025-02-28: the best of them counts, what came before and after does not
        {"orders": [order(1, 1, "2024-06-01", 90), order(1, 2, "2024-07-01", 20), order(2, 3, "2024-06-01", 100), order(3, 4, "2025-02-28", 10),
                    order(4, 5, "2024-08-01", 30), order(5, 6, "2024-03-02", 40), order(6, 7, "2024-02-28", 999), order(6, 8, "2025-03-02", 999),
                    order(3, 9, "2024-06-02", 900, status="cancelled", cancelled_at="2024-06-03")]},
        {1: {"best_year_before": True}, 2: {"best_year_before": False}, 3: {"best_year_before": False}, 4: {"best_year_before": False},
         5: {"best_year_before": False}, 6: {"best_year_before": None}},
    ),
    "first_product": (
        {
            "order_lines": [line(1, 1, "a", "2026-01-01", 5), line(1, 1, "b", "2026-01-01", 9), line(1, 2, "c", "2026-01-02", 99)],
            "products": [{"product_id": "b", "category": "books"}, {"product_id": "c", "category": "cars"}],
        },
        {1: {"first_product": "b", "first_category": "books"}},
    ),
    # Gaps: customer 1 has 10 and 10 days, customer 2 40 days; nine tenths of all weight are reached at 40 days.
    "lifecycle": (
        {
            "people": [{"customer_id": n, "first_seen_at": "2025-11-01"} for n in range(1, 6)],
            "orders": [
                order(1, 1, "2026-01-20"), order(1, 2, "2026-01-30"), order(1, 3, "2026-02-09"), order(2, 4, "2026-01-15"), order(2, 5, "2026-02-24"),
                order(3, 6, "2026-02-27"), order(4, 7, "2025-12-01"),
            ],
        },
        {
            1: {"lifecycle_stage": "active", "tenure_days": 40.0, "known_days": 120.0, "lapse_days": 40.0},
            2: {"lifecycle_stage": "active"},
            3: {"lifecycle_stage": "new", "tenure_days": 2.0},
            4: {"lifecycle_stage": "lapsed"},
            5: {"lifecycle_stage": "prospect", "tenure_days": None},
        },
    ),
    "channels": (
        {"orders": [order(1, 1, "2026-01-01", channel="web"), order(1, 2, "2026-01-02", channel="store"), order(1, 3, "2026-01-03", channel="web"),
                    order(2, 4, "2026-01-01", channel="web"), order(2, 5, "2026-01-02", channel="app")]},
        {1: {"main_channel": "web", "main_channel_share": pytest.approx(2 / 3), "channel_count": 2}, 2: {"main_channel": "app", "channel_count": 2}},
    ),
    "stores_used": (
        {"orders": [order(1, 1, "2026-01-01", store_id="s2"), order(1, 2, "2026-01-02", store_id="s2"), order(1, 3, "2026-01-03", store_id="s1")]},
        {1: {"main_store": "s2", "main_store_share": pytest.approx(2 / 3), "store_count": 2}},
    ),
    # 15:30 UTC on Friday 2 January is half past midnight on Saturday in Seoul.
    "buying_time": (
        {"orders": [order(1, 1, "2026-01-02 15:30"), order(1, 2, "2026-01-09 15:10"), order(1, 3, "2026-01-05 10:00"), order(1, 4, "2026-01-07 01:00")]},
        {1: {"main_weekday": 6, "weekend_share": 0.5, "main_hour": 0, "evening_share": 0.25}},
    ),
    # One channel: of three orders two are on Mondays at ten in Seoul. Shares are drawn towards 2/3 as if by eight orders more.
    "best_time": (
        {"orders": [order(1, 1, "2026-02-02 01:00"), order(1, 2, "2026-02-09 01:00"), order(2, 3, "2026-02-10 02:00")]},
        {1: {"best_weekday": 1, "best_weekday_share": (2 + 8 * 2 / 3) / 10, "best_hour": 10, "best_hour_share": (2 + 8 * 2 / 3) / 10},
         2: {"best_weekday": 1, "best_weekday_share": (0 + 8 * 2 / 3) / 9, "best_hour": 10, "best_hour_share": (0 + 8 * 2 / 3) / 9}},
    ),
    "pace": (
        {"orders": [order(1, 1, "2025-12-01"), order(2, 2, "2025-12-01"), order(2, 3, "2026-01-30")]},
        {1: {"recent_gap_days": 90 * math.e}, 2: {"recent_gap_days": 90 / (math.exp(-1) + math.exp(-1 / 3))}},
    ),
    "returned": (
        {
            "orders": [order(1, 1, "2026-01-01", 80), order(2, 2, "2026-01-01", 50)],
            "returns": [{"customer_id": 1, "returned_at": "2026-02-01", "refund_amount": 20}, {"customer_id": 1, "returned_at": "2026-03-02", "refund_amount": 60}],
        },
        {1: {"return_count": 1, "refund_amount": Decimal(20), "refund_share": 0.25, "last_return_days": 28.0},
         2: {"return_count": 0, "refund_amount": Decimal(0), "refund_share": 0.0, "last_return_days": None}},
    ),
    "categories": (
        {
            "order_lines": [line(1, 1, "a", "2026-01-01", 30), line(1, 2, "b", "2026-01-02", 10), line(1, 3, "c", "2026-01-03", 99),
                            line(2, 4, "a", "2026-01-01", 10), line(2, 4, "b", "2026-01-01", -4, line_no=2)],
            "products": [{"product_id": "a", "category": "books"}, {"product_id": "b", "category": "toys"}, {"product_id": "c", "category": None}],
        },
        {1: {"main_category": "books", "main_category_share": 0.75, "category_count": 2},
         2: {"main_category": "books", "main_category_share": 1.0, "category_count": 2}},
    ),
    "brands": (
        {
            "order_lines": [line(1, 1, "a", "2026-01-01", 20), line(1, 2, "b", "2026-01-02", 20),
                            line(2, 3, "a", "2026-01-01", 10), line(2, 3, "b", "2026-01-01", -4, line_no=2)],
            "products": [{"product_id": "a", "brand": "나"}, {"product_id": "b", "brand": "가"}],
        },
        {1: {"main_brand": "가", "main_brand_share": 0.5, "brand_count": 2},
         2: {"main_brand": "나", "main_brand_share": 1.0, "brand_count": 2}},
    ),
    "household": (
        {
            "household_members": [
                {"customer_id": 1, "household_id": 7, "home_known": True, "known_at": "2025-07-01"},
                {"customer_id": 2, "household_id": 7, "home_known": True, "known_at": "2026-02-28"},
                {"customer_id": 3, "household_id": 7, "home_known": True, "known_at": "2026-03-01"},
                {"customer_id": 4, "household_id": 9, "home_known": False},
            ],
            "orders": [order(1, 1, "2026-02-01", 100), order(2, 2, "2026-02-02", 40), order(2, 3, "2026-02-03", 5, status="cancelled"),
                       order(3, 4, "2026-02-04", 70), order(4, 5, "2026-02-05", 7)],
        },
        {
            1: {"household_size_found": 2, "household_order_count": 2, "household_net_sales": Decimal(140)},
            2: {"household_size_found": 2, "household_order_count": 2, "household_net_sales": Decimal(140)},
            3: {"household_size_found": None, "household_order_count": None},
            4: {"household_size_found": None, "household_net_sales": None},
        },
    ),
    "account": (
        {
            "accounts": [{"account_id": 5, "industry": "유통", "employee_count": 30, "annual_revenue": 900}, {"account_id": 6}],
            "account_members": [{"customer_id": 1, "account_id": 5}, {"customer_id": 2, "account_id": 5, "known_at": "2026-02-01"},
                                {"customer_id": 3, "account_id": 6, "known_at": "2026-03-02"}],
            "orders": [order(1, 1, "2026-02-01", 100), order(2, 2, "2026-02-02", 40, account_id=6), order(3, 3, "2026-02-03", 5, account_id=5)],
        },
        {
            1: {"account_industry": "유통", "account_employee_count": 30, "account_annual_revenue": Decimal(900), "account_member_count": 2,
                "account_order_count": 2, "account_net_sales": Decimal(105)},
            2: {"account_member_count": 2, "account_net_sales": Decimal(105)},
            3: {"account_industry": None, "account_net_sales": None},
        },
    ),
    "pipeline": (
        {
            "account_members": [{"customer_id": 1, "account_id": 5}, {"customer_id": 2, "account_id": 6}],
            "opportunities": [
                {"opportunity_id": "a", "account_id": 5, "outcome": "won", "opened_at": "2026-01-01", "closed_at": "2026-02-01"},
                {"opportunity_id": "b", "account_id": 5, "outcome": "won", "opened_at": "2026-01-01", "closed_at": "2026-03-02"},
                {"opportunity_id": "c", "account_id": 5, "outcome": "lost", "closed_at": "2026-02-01"},
                {"opportunity_id": "d", "account_id": 5, "outcome": "lost", "opened_at": "2026-03-02", "closed_at": "2026-04-01"},
            ],
        },
        {1: {"open_opportunity_count": 1, "won_opportunity_count": 1, "lost_opportunity_count": 1}, 2: {"open_opportunity_count": None}},
    ),
    "contracts": (
        {"contracts": [
            {"customer_id": 1, "contract_id": "a", "started_at": "2026-01-30", "plan": "큰", "monthly_fee": 20},
            {"customer_id": 1, "contract_id": "b", "started_at": "2025-01-01", "ended_at": "2025-06-01", "plan": "작은", "monthly_fee": 5},
            {"customer_id": 1, "contract_id": "c", "started_at": "2026-03-02", "plan": "새", "monthly_fee": 9},
            {"customer_id": 2, "contract_id": "d", "started_at": "2025-12-01", "ended_at": "2026-02-01", "plan": "작은", "monthly_fee": 5},
        ]},
        {
            1: {"active_contract_count": 1, "contract_count": 2, "ended_contract_count": 1, "contract_tenure_days": 30.0,
                "contract_fee": Decimal(20), "contract_plan": "큰"},
            2: {"active_contract_count": 0, "ended_contract_count": 1, "contract_tenure_days": None},
            3: {"contract_count": None},
        },
    ),
    "churn_label": (
        {"churn_labels": [
            {"customer_id": 1, "churn_status": "left", "monthly_fee": 20},
            {"customer_id": 1, "churn_status": "stayed", "monthly_fee": 5},
            {"customer_id": 2, "churn_status": "left"},
        ]},
        {1: {"has_left": False, "listed_fee": Decimal(25)}, 2: {"has_left": True, "listed_fee": None}, 3: {"has_left": None}},
    ),
    "wallet_survey": (
        {"feedback": [
            {"customer_id": 1, "feedback_id": "a", "given_at": "2025-05-01", "stated_spend": 900, "stated_share": 0.5},
            {"customer_id": 1, "feedback_id": "b", "given_at": "2026-02-01", "stated_spend": 700},
            {"customer_id": 1, "feedback_id": "c", "given_at": "2026-03-02", "stated_spend": 1, "stated_share": 0.1},
            {"customer_id": 2, "feedback_id": "d", "given_at": "2026-02-01", "rating": 5},
        ]},
        {1: {"stated_spend": Decimal(700), "stated_share": 0.5}, 2: {"stated_spend": None, "stated_share": None}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("family", EXAMPLES)
def test_by_hand(family, engine, write_facts, profile_of, tmp_path):
    tables, expected = EXAMPLES[family]
    people = [{"customer_id": customer, "first_seen_at": "2025-06-01", "record_count": 0} for customer in expected]
    facts = write_facts(tmp_path, **{"people": people, **tables})
    found = profile_of(engine, facts, AS_OF, only=[family])
    assert set(found) == set(expected)
    for customer, values in expected.items():
        shown = {name: found[customer][name] for name in values}
        wanted = {name: pytest.approx(value, rel=1e-9) if isinstance(value, float) else value for name, value in values.items()}
        assert shown == wanted, customer


def test_every_family_has_an_example():
    assert set(EXAMPLES) == set(discover().features)
