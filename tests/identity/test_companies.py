"""Accounts of a company as facts: the source's number first, likeness across systems, the tree, and who belongs to them."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dangol.core.engine import Duck
from dangol.identity.companies import Places, write_accounts
from dangol.identity.won import judge, stand_in

ORIGIN = ("source", "delivery", "row_no")


@pytest.fixture
def written(tmp_path):
    """Tables of rows → accounts, tree and members, each as a list of rows."""

    def run(before=None, **tables):
        target = tmp_path / f"run{len(list(tmp_path.iterdir()))}"
        target.mkdir()
        with Duck(memory_limit="500MB", threads=1) as duck:
            present = {}
            for name, rows in tables.items():
                whole = [
                    {"system": "crm", "source": "s", "delivery": "d", "row_no": place, **row} for place, row in enumerate(rows)
                ]
                columns = list(dict.fromkeys(column for row in whole for column in row))
                duck.register(name, pa.table({column: [row.get(column) for row in whole] for column in columns}))
                if name != "identity_map":
                    present[name] = frozenset(columns) - {"system", *ORIGIN}
            if "identity_map" not in tables:
                duck.register("identity_map", pa.table({"system": ["crm"], "customer_ref": ["nobody"], "customer_id": [1]}))
            run.count = write_accounts(duck, present, Places(before, target, target))
            run.folder = target
        return [pq.read_table(target / f"{name}.parquet").to_pylist() for name in ("accounts", "account_tree", "account_members")]

    return run


def test_one_number_of_one_system_is_one_account_and_systems_are_joined_by_likeness(written):
    accounts, _, _ = written(
        accounts=[
            {"account_ref": "1", "account_name": "(주)이랜텍", "account_phone": "02-805-7432"},
            {"account_ref": "1", "account_name": "(주)이랜텍", "account_phone": None},
            {"account_ref": "2", "account_name": "가나상사"},
            {"system": "erp", "account_ref": "1", "account_name": "다라물산"},
            {"system": "erp", "account_ref": "9", "account_name": "이랜텍 주식회사", "account_phone": "028057432"},
        ]
    )
    assert sorted((each["account_name"], each["record_count"]) for each in accounts) == [
        ("(주)이랜텍", 2),
        ("가나상사", 1),
        ("다라물산", 1),
    ]


def test_numbers_that_say_nothing_stay_apart_and_names_instead_of_numbers_count_as_names(written):
    accounts, _, _ = written(
        opportunities=[{"account_ref": "10"}, {"account_ref": "11"}, {"account_ref": "Acme Corp"}, {"account_ref": None}]
    )
    assert {each["account_name"] for each in accounts} == {"10", "11", "Acme Corp"}
    assert written.count == 3


def test_the_tree_goes_by_number_or_name_and_circles_are_cut(written):
    accounts, tree, _ = written(
        accounts=[
            {"account_ref": "A", "account_name": "Alpha Group", "parent_ref": None},
            {"account_ref": "B", "account_name": "Beta", "parent_ref": "Alpha Group"},
            {"account_ref": "C", "account_name": "Gamma", "parent_ref": "B"},
            {"account_ref": "D", "account_name": "Delta", "parent_ref": "E"},
            {"account_ref": "E", "account_name": "Epsilon", "parent_ref": "D"},
        ]
    )
    by_name = {each["account_name"]: each for each in accounts}
    name_of = {each["account_id"]: each["account_name"] for each in accounts}
    assert by_name["Beta"]["parent_id"] == by_name["Alpha Group"]["account_id"]
    assert name_of[by_name["Gamma"]["top_id"]] == "Alpha Group"
    assert [name_of[each["ancestor_id"]] for each in tree if each["account_id"] == by_name["Gamma"]["account_id"]] == [
        "Gamma",
        "Beta",
        "Alpha Group",
    ]
    tops = {name_of[by_name[name]["top_id"]] for name in ("Delta", "Epsilon")}
    assert len(tops) == 1


def test_people_belong_by_their_record_first_else_by_their_orders(written):
    accounts, _, members = written(
        customers=[{"customer_ref": "c1", "account_ref": "A"}, {"customer_ref": "c2", "account_ref": None}],
        orders=[
            {"customer_ref": "c1", "account_ref": "B", "ordered_at": None},
            {"customer_ref": "c2", "account_ref": "B", "ordered_at": None},
        ],
        identity_map=[{"customer_ref": "c1", "customer_id": 1}, {"customer_ref": "c2", "customer_id": 2}],
    )
    number = {each["account_name"]: each["account_id"] for each in accounts}
    assert [(each["customer_id"], each["account_id"], each["evidence"]) for each in members] == [
        (1, number["A"], "given"),
        (2, number["B"], "order"),
    ]


def test_numbers_last_from_run_to_run(written):
    rows = [{"account_ref": "A", "account_name": "Alpha"}, {"account_ref": "B", "account_name": "Beta"}]
    first, _, _ = written(accounts=rows)
    before = written.folder
    second, _, _ = written(before, accounts=[{"account_ref": "AA", "account_name": "Aachen"}, *reversed(rows)])
    number = {each["account_name"]: each["account_id"] for each in second}
    assert {each["account_name"]: each["account_id"] for each in first}.items() <= number.items()
    assert number["Aachen"] == 3


def test_won_opportunities_stand_in_for_orders_only_where_there_are_none():
    rows = {"opportunity_id": ["1", "2", "3", "4"], "account_ref": ["A", "A", "B", None], "stage": ["Closed Won", "수주", "Closed Lost", "Won"],
            "closed_at": [None, None, None, None], "amount": [Decimal(5), Decimal(6), Decimal(0), Decimal(7)]}  # fmt: skip
    origin = {"system": ["crm"] * 4, "source": ["s"] * 4, "delivery": ["d"] * 4, "row_no": [0, 1, 2, 3]}
    with Duck(memory_limit="500MB", threads=1) as duck:
        table = pa.table({**rows, **origin})
        moments = pa.array([1_700_000_000_000_000] * 4, pa.timestamp("us"))
        duck.register("opportunities", table.set_column(table.column_names.index("closed_at"), "closed_at", moments))
        present = {"opportunities": frozenset(rows)}
        judge(duck, present)
        found = stand_in(duck, present)
        orders = duck.rows("select order_id, customer_ref, net_amount from orders order by order_id")
        assert orders == [
            {"order_id": number, "customer_ref": who, "net_amount": Decimal(amount)}
            for number, who, amount in (("1", "A", 5), ("2", "A", 6), ("4", None, 7))
        ]
        assert "order_lines" not in found
        assert stand_in(duck, {**present, "orders": frozenset({"order_id"})}).keys() == {"opportunities", "orders"}


@pytest.mark.real_data
def test_accounts_of_the_labelled_korean_set_in_a_run(written, shared_data):
    """The facts have the accounts that the labels name, through the very columns that a company delivers."""
    folder = shared_data / "korean_er_dev"
    names = {"record_id": "account_ref", "company": "account_name", "biz_no": "business_number", "tel": "account_phone",
             "domain": "website", "address": "account_address"}  # fmt: skip
    records = pq.read_table(folder / "b2b_records.parquet")
    rows = records.select(list(names)).rename_columns(list(names.values())).to_pylist()
    accounts, tree, _ = written(accounts=rows)
    truth = pq.read_table(folder / "b2b_truth.parquet").to_pandas()["account_id"]
    assert sum(each["record_count"] for each in accounts) == len(rows)
    assert len(tree) == len(accounts)
    assert abs(len(accounts) - truth.nunique()) < 0.02 * truth.nunique()
