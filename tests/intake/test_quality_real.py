"""Real data: what is wrong with them is found, and every count is what plain pandas counts."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from dangol.core.engine.duck import Duck
from dangol.intake import SourceSettings, Terms, load
from dangol.intake.quality.state import State, measured

pytestmark = pytest.mark.real_data


def state_of(folder: Path, zone: str, currency: str, *sources: SourceSettings) -> State:
    with Duck(memory_limit="2GB", threads=1) as duck:
        terms = Terms(root=folder / "workspace", base=folder, zone=zone, currency=currency, now=datetime(2026, 12, 1))
        load(sources, terms, duck)
        systems = {each.name: each.system for each in sources}
        return measured(folder / "workspace", duck, systems, zone=zone, currency=currency)


@pytest.fixture(scope="module")
def retail(tmp_path_factory, request) -> tuple[State, pd.DataFrame]:
    path = request.getfixturevalue("shared_data") / "online_retail_2010_2011" / "transactions.parquet"
    source = SourceSettings(name="shop", files=(str(path),))
    return state_of(tmp_path_factory.mktemp("retail"), "Europe/London", "GBP", source), pd.read_parquet(path)


def test_online_retail_is_as_it_was_published(retail) -> None:
    state, raw = retail
    report = state.report
    assert (report.rows_in, report.rows_quarantined, report.balanced) == (541_909, 2, True)
    counts = {each.name: each for each in report.tables}
    rows = {name: each.rows for name, each in counts.items()}
    with_customer = {
        name: round(next(c.filled_share for c in counts[name].columns if c.name == "customer_ref") * rows[name])
        for name in ("order_lines", "returns")
    }
    refused_without = 2  # the two lines at quarantine have none
    nobody = sum(rows[name] - with_customer[name] for name in with_customer) + refused_without
    assert nobody == raw["customer_id"].isna().sum() == 135_080
    cancelled = raw["invoice"].str.startswith("C")
    assert cancelled.sum() == 9_288
    assert rows["returns"] == (raw["quantity"] < 0).sum()
    refused = sum(each.money or 0 for each in state.refused)
    net = state.revenue.sold - state.revenue.returned + refused
    assert round(net) == 9_747_748
    assert refused == pytest.approx(raw.loc[raw["unit_price"] < 0].eval("quantity * unit_price").sum())


def test_duplicates_of_online_retail(retail) -> None:
    state, raw = retail
    effect = next(each for each in state.effects if each.rule == "duplicate_lines")
    assert raw.duplicated().sum() == 5_268
    columns = [name for name in raw.columns if name != "description"]  # products carry it, lines do not
    sold, back = raw[raw["quantity"] >= 0], raw[raw["quantity"] < 0]
    assert effect.rows == {"order_lines": sold.duplicated(columns).sum(), "returns": back.duplicated(columns).sum()}
    assert effect.total - raw.duplicated().sum() == 2
    doubled = raw[raw.duplicated(columns)]
    assert effect.money == pytest.approx((doubled["quantity"] * doubled["unit_price"]).sum(), abs=0.5)
    assert effect.orders == doubled["invoice"].nunique()


def test_lines_that_are_no_products(retail) -> None:
    state, raw = retail
    effect = next(each for each in state.effects if each.rule == "service_lines")
    codes = {"POST", "DOT", "C2", "M", "MANUAL", "D", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK", "PADS", "m"}
    matched = raw[raw["stock_code"].isin(codes) & (raw["unit_price"] >= 0)]
    assert effect.rows["order_lines"] == (matched["quantity"] >= 0).sum()
    assert effect.rows["returns"] == (matched["quantity"] < 0).sum()


def test_the_two_absurd_orders_taken_back_at_once(retail) -> None:
    state, _raw = retail
    effect = next(each for each in state.effects if each.rule == "reversed_outliers")
    assert (effect.rows, effect.money) == ({"order_lines": 2, "orders": 2, "returns": 2}, 0)


def test_the_shop_was_closed_on_bank_holidays(retail) -> None:
    state, raw = retail
    drops = {(each.since, each.until) for each in state.findings if each.kind == "volume_drop"}
    royal_wedding, may, spring, august = "2011-04-29", "2011-05-02", "2011-05-30", "2011-08-29"
    assert drops == {("2011-04-22", "2011-04-25"), (royal_wedding, may), (spring, spring), (august, august)}
    open_days = set(raw["invoice_date"].dt.strftime("%Y-%m-%d"))
    assert not open_days & {royal_wedding, may, spring, august, "2011-04-22", "2011-04-23", "2011-04-24", "2011-04-25"}


def test_coverage_is_what_pandas_counts(retail) -> None:
    state, raw = retail
    sold = raw[(raw["quantity"] >= 0) & (raw["unit_price"] >= 0)]
    month = sold["invoice_date"].dt.strftime("%Y-%m")
    expected = sold.groupby(month)["customer_id"].agg(["size", "count"])
    found = {
        row["month"].strftime("%Y-%m"): (row["row_count"], row["filled_count"])
        for row in state.coverage.to_pylist()
        if (row["table_name"], row["column_name"]) == ("order_lines", "customer_ref")
    }
    assert found == {month: (row["size"], row["count"]) for month, row in expected.iterrows()}


def test_complaints_that_find_nobody(tmp_path, shared_data) -> None:
    folder = shared_data / "telecom_bills_complaints"
    bills = SourceSettings(name="bills", files=(str(folder / "bills.parquet"),), table="customers", date_order="mdy",
                           columns={"customer_ref": "cust_id", "registered_at": "act_active_dt"})  # fmt: skip
    columns = {"customer_ref": "cust_id", "interaction_id": "comp_id", "occurred_at": "incident", "topic": "incident type"}
    complaints = SourceSettings(name="complaints", files=(str(folder / "complaints.parquet"),), table="interactions",
                                date_order="mdy", columns=columns)  # fmt: skip
    state = state_of(tmp_path, "Asia/Kolkata", "INR", bills, complaints)
    assert next(each.rows for each in state.report.tables if each.name == "interactions") == 6_587
    found = next(each for each in state.findings if each.kind == "keys_unknown")
    known = pd.read_parquet(folder / "bills.parquet")["cust_id"]
    told = pd.read_parquet(folder / "complaints.parquet")["cust_id"].dropna()
    assert found.values["good"] == told.isin(known).sum() == 415
    assert (found.rows, found.severity, found.source) == (len(told) - 415, "high", "complaints")
    score = next(each for each in state.scores if each.source == "complaints")
    assert score.dimensions["consistency"] == pytest.approx(100 * 415 / len(told))
    assert score.losses[0].kind == "keys_unknown"


def test_the_payment_incident_in_visits(tmp_path, shared_data) -> None:
    path = shared_data / "retentioneering_ecom_synth" / "events.parquet"
    columns = {"customer_ref": "user_id", "event_name": "event", "occurred_at": "timestamp", "device": "platform"}
    web = SourceSettings(name="web", files=(str(path),), table="events", columns=columns)
    state = state_of(tmp_path, "UTC", "USD", web)
    found = {each.values["what"]: each for each in state.findings if each.kind in ("value_surge", "value_new")}
    assert {"payment_error", "support_chat", "tablet"} <= set(found)
    raw = pd.read_parquet(path)
    days = raw.loc[raw["event"] == "payment_error", "timestamp"].astype("datetime64[us]")
    since = datetime.fromisoformat(found["payment_error"].since or "")
    assert abs((since - days.min().to_pydatetime()).days) <= 7
    assert found["payment_error"].rows == len(days)
