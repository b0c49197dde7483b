"""The notebook a data scientist would write today for the same company: pandas, lifetimes and scikit-learn.

It gives what the loop gives, in the usual way and no more: the same files are read and checked; members of both systems are
joined by phone and e-mail; the same features are computed now and at the past moments both models learn from; BG/NBD, MBG/NBD and
Pareto/NBD (their median, as the loop takes it; `--bg-only` leaves the other two out) and gamma-gamma are fitted at each of these
moments and given to gradient boosting; both models are judged on later time, churn is calibrated, value has an 80 % interval,
importance is measured, everybody is scored; the same 29 questions are answered; profile, scores and answers are written to files.
It samples as the loop does.

It remains less than the loop: no quarantine, no consent, no proof that nothing later leaks, no reasons for each customer
(scikit-learn has none). `notebook_short.py` answers a dozen of the questions on a dozen features, without checks and without
joining anybody: what an analyst does in an afternoon.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from lifetimes import BetaGeoFitter, GammaGammaFitter, ModifiedBetaGeoFitter, ParetoNBDFitter
from lifetimes.utils import summary_data_from_transaction_data
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from loop import peak
from notebook_questions import answer_all
from notebook_short import short

DAY = pd.Timedelta(days=1)
SAMPLE = 25_000
MOST_CATEGORIES = 200
BUYING = [BetaGeoFitter] if "--bg-only" in sys.argv else [BetaGeoFitter, ModifiedBetaGeoFitter, ParetoNBDFitter]
Tables = dict[str, pd.DataFrame]
Learnt = dict[str, Any]


def read(folder: Path) -> Tables:
    """All files, one table of each kind; customer and order numbers carry their system."""
    tables: dict[str, list[pd.DataFrame]] = {}
    for path in sorted((folder / "data").glob("*.parquet")):
        name = path.stem.split("-")[0]
        system, _, kind = name.partition("_") if name.startswith(("mall_", "pos_")) else ("", "", name)
        table = pd.read_parquet(path)
        for column in ("customer_ref", "order_id") if system else ():
            if column in table:
                table[column] = (system + ":" + table[column].astype("str")).where(table[column].notna())
        tables.setdefault(kind, []).append(table)
    return {kind: pd.concat(parts, ignore_index=True) for kind, parts in tables.items()}


def check(tables: Tables) -> pd.DataFrame:
    """What one looks at first: missing values, repeated keys, future dates, negative amounts; repeated rows are dropped."""
    keys = {
        "order_lines": ["order_id", "line_no"],
        "events": ["event_id"],
        "members": ["customer_ref"],
        "products": ["product_id"],
    }
    found = []
    for kind, table in tables.items():
        key = keys.get(kind)
        repeated = int(table.duplicated(key).sum()) if key else 0
        if repeated:
            tables[kind] = table.drop_duplicates(key)
        moments = table.select_dtypes("datetime")
        numbers = table.select_dtypes("number")
        found.append(
            {
                "table": kind,
                "rows": len(table),
                "repeated": repeated,
                "missing": float(table.isna().mean().mean()),
                "future": int((moments > pd.Timestamp("2026-07-01")).sum().sum()),
                "negative": int((numbers < 0).sum().sum()),
                "first": moments.min().min(),
                "last": moments.max().max(),
            }
        )
    return pd.DataFrame(found)


def people(tables: Tables) -> dict[str, str]:
    """Customer number of each record: records with the same phone or the same e-mail are one customer."""
    members = tables["members"]
    phone = members["phone"].str.replace(r"\D", "", regex=True)
    email = members["email"].str.strip().str.lower()
    parent = {ref: ref for ref in members["customer_ref"]}

    def root(ref: str) -> str:
        while parent[ref] != ref:
            parent[ref] = parent[parent[ref]]
            ref = parent[ref]
        return ref

    for key in (phone, email):
        for refs in members["customer_ref"].groupby(key[key.notna() & (key != "")]).agg(list):
            for ref in refs[1:]:
                parent[root(ref)] = root(refs[0])
    return {ref: root(ref) for ref in parent}


def joined(tables: Tables) -> Tables:
    """Every table with one customer number, lines with products and margin, orders from lines."""
    same = people(tables)
    for table in tables.values():
        if "customer_ref" in table:
            table["customer"] = table["customer_ref"].map(same).fillna(table["customer_ref"])
    lines = tables["order_lines"].merge(
        tables["products"][["product_id", "category", "brand", "unit_cost"]].rename(columns={"unit_cost": "cost"}),
        on="product_id",
        how="left",
    )
    lines["margin"] = lines["net_amount"] - lines["quantity"] * lines["unit_cost"].fillna(lines["cost"])
    lines = lines[(lines["status"] != "cancelled") | lines["status"].isna()]
    first = ["customer", "ordered_at", "channel", "store_id", "device", "order_region", "coupon_code"]
    orders = lines.groupby("order_id", as_index=False).agg(
        **{name: (name, "first") for name in first},
        net=("net_amount", "sum"), margin=("margin", "sum"), discount=("discount_amount", "sum"), coupon=("coupon_amount", "sum"),
        line_count=("line_no", "size"), items=("quantity", "sum"),
    )  # fmt: skip
    local = orders["ordered_at"] + pd.Timedelta(hours=9)
    orders["day"], orders["month"] = local.dt.normalize(), local.dt.to_period("M")
    orders["weekday"], orders["hour"] = local.dt.weekday, local.dt.hour
    return {**tables, "order_lines": lines, "orders": orders.dropna(subset=["customer"])}


def before(tables: Tables, at: pd.Timestamp, chosen: pd.Index | None = None) -> Tables:
    """The tables as they were at a moment, of some customers or of all."""
    moments = {"orders": "ordered_at", "order_lines": "ordered_at", "events": "occurred_at", "messages": "occurred_at",
               "returns": "returned_at", "interactions": "occurred_at", "members": "registered_at"}  # fmt: skip
    found = {}
    for kind, moment in moments.items():
        table = tables[kind]
        table = table[table[moment] < at]
        found[kind] = table if chosen is None else table[table["customer"].isin(chosen)]
    return found


def features(tables: Tables, at: pd.Timestamp) -> pd.DataFrame:
    """One row per buyer: the features of the loop's profile."""
    orders, lines = tables["orders"].sort_values(["customer", "ordered_at"]), tables["order_lines"]
    by = orders.groupby("customer")
    table = by.agg(
        order_count=("order_id", "size"), net_sales=("net", "sum"), margin=("margin", "sum"), last=("ordered_at", "max"),
        first=("ordered_at", "min"), largest_order=("net", "max"), lines_per_order=("line_count", "mean"),
        items_per_order=("items", "mean"), channel_count=("channel", "nunique"), store_count=("store_id", "nunique"),
    )  # fmt: skip
    returned = tables["returns"].groupby("customer")
    table["return_count"] = returned.size()
    table["refund"] = returned["refund_amount"].sum()
    table["last_return_days"] = (at - returned["returned_at"].max()) / DAY
    table["net_sales"] -= table["refund"].fillna(0)
    table["margin"] -= table["refund"].fillna(0)
    table["refund_share"] = table["refund"] / table["net_sales"]
    table["average_order_value"] = table["net_sales"] / table["order_count"]
    table["recency_days"] = (at - table["last"]) / DAY
    table["tenure_days"] = (at - table["first"]) / DAY
    for score, column, ascending in (("r", "recency_days", False), ("f", "order_count", True), ("m", "net_sales", True)):
        table[f"{score}_score"] = 1 + np.floor(4.999 * table[column].rank(pct=True, ascending=ascending))
    table = table.join([cadence(orders, at), recent(orders, at), first_order(orders, lines), *shares(orders, lines)])
    table = table.join([discounts(lines), clock(orders), visits(tables["events"], at), answered(tables["messages"], at)])
    talked = tables["interactions"]
    table["conversation_count_90"] = talked[talked["occurred_at"] >= at - 90 * DAY].groupby("customer").size()
    table["open_conversation_count"] = talked[talked["resolved_at"].isna()].groupby("customer").size()
    return staged(table.join(attributes(tables["members"], at)))


def cadence(orders: pd.DataFrame, at: pd.Timestamp) -> pd.DataFrame:
    """The rhythm of buying."""
    days = orders.drop_duplicates(["customer", "day"])
    gaps = days.groupby("customer")["ordered_at"].diff() / DAY
    by = gaps.groupby(days["customer"])
    table = by.agg(mean_gap_days="mean", spread="std", longest_gap_days="max", last_gap_days="last")
    table["order_day_count"] = by.size()
    table["gap_variation"] = table.pop("spread") / table["mean_gap_days"]
    table["overdue_ratio"] = (at - days.groupby("customer")["ordered_at"].max()) / DAY / table["mean_gap_days"]
    return table


def recent(orders: pd.DataFrame, at: pd.Timestamp) -> pd.DataFrame:
    """Orders and sales of the last 30, 90 and 365 days and their trend."""
    parts = {}
    for days in (30, 90, 365):
        by = orders[orders["ordered_at"] >= at - days * DAY].groupby("customer")["net"]
        parts[f"order_count_{days}"], parts[f"net_sales_{days}"] = by.size(), by.sum()
    earlier = orders[orders["ordered_at"].between(at - 180 * DAY, at - 90 * DAY)].groupby("customer")["net"].sum()
    return pd.DataFrame(parts).assign(sales_trend=parts["net_sales_90"] / earlier)


def first_order(orders: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """How a customer came."""
    first = orders.drop_duplicates("customer").set_index("customer")
    table = first[["net", "channel", "store_id"]].set_axis(["first_order_value", "first_channel", "first_store"], axis=1)
    table["first_discounted"] = (first["discount"] + first["coupon"] > 0).astype(float)
    dearest = lines[lines["order_id"].isin(first["order_id"])].sort_values("net_amount").drop_duplicates("customer", keep="last")
    table["first_product"] = dearest.set_index("customer")["product_id"]
    table["first_category"] = dearest.set_index("customer")["category"]
    return table


def shares(orders: pd.DataFrame, lines: pd.DataFrame) -> list[pd.DataFrame]:
    """Main category, brand, channel and store with their shares; different products."""
    found = [main(lines, name, "net_amount") for name in ("category", "brand")]
    found += [
        main(orders.assign(one=1), name, "one").rename(columns=lambda each: each.replace("_id", ""))
        for name in ("channel", "store_id")
    ]
    found[2] = found[2].drop(columns="channel_count")
    found[3] = found[3].drop(columns="store_count")
    products = lines.groupby("customer")["product_id"].agg(["nunique", "size"])
    return [
        *found,
        pd.DataFrame({"product_count": products["nunique"], "products_per_line": products["nunique"] / products["size"]}),
    ]


def main(table: pd.DataFrame, name: str, amount: str) -> pd.DataFrame:
    """The value most of the amount goes to."""
    spent = (
        table.groupby(["customer", name], as_index=False)[amount].sum().sort_values(["customer", amount], ascending=[True, False])
    )
    best = spent.drop_duplicates("customer").set_index("customer")
    by = spent.groupby("customer")
    return pd.DataFrame(
        {f"main_{name}": best[name], f"main_{name}_share": best[amount] / by[amount].sum(), f"{name}_count": by.size()}
    )


def discounts(lines: pd.DataFrame) -> pd.DataFrame:
    """How much is bought on offer and with coupons."""
    by = lines.assign(cut=lines["discount_amount"] > 0).groupby("customer")
    total = by[["discount_amount", "coupon_amount", "net_amount"]].sum()
    table = pd.DataFrame(
        {"discount_share": total["discount_amount"] / total.sum(axis=1), "discounted_line_share": by["cut"].mean()}
    )
    coupons = lines.groupby(["customer", "order_id"])["coupon_amount"].sum().gt(0).groupby("customer").mean()
    return table.assign(
        coupon_order_share=coupons, coupon_amount=total["coupon_amount"], discount_amount=total["discount_amount"]
    )


def clock(orders: pd.DataFrame) -> pd.DataFrame:
    """When a customer buys."""
    by = orders.assign(weekend=orders["weekday"] >= 5, evening=orders["hour"] >= 18).groupby("customer")
    table = by[["weekend", "evening"]].mean().add_suffix("_share")
    for name in ("weekday", "hour"):
        used = (
            orders.groupby(["customer", name])
            .size()
            .reset_index(name="n")
            .sort_values(["customer", "n"], ascending=[True, False])
        )
        table[f"main_{name}"] = used.drop_duplicates("customer").set_index("customer")[name]
    return table


def visits(events: pd.DataFrame, at: pd.Timestamp) -> pd.DataFrame:
    """Behaviour of the last 90 days."""
    seen = events[events["occurred_at"] >= at - 90 * DAY].dropna(subset=["customer"])
    day = (seen["occurred_at"] + pd.Timedelta(hours=9)).dt.normalize()
    by = seen.assign(
        day=day, recent=seen["occurred_at"] >= at - 30 * DAY, cart=seen["event_name"] == "Product Added",
        search=seen["event_name"] == "Products Searched",
    ).groupby("customer")  # fmt: skip
    table = by.agg(event_count_30=("recent", "sum"), event_count_90=("recent", "size"), visit_day_count_90=("day", "nunique"),
                   cart_count_90=("cart", "sum"), search_count_90=("search", "sum"))  # fmt: skip
    return table.assign(last_visit_days=(at - by["occurred_at"].max()) / DAY)


def answered(messages: pd.DataFrame, at: pd.Timestamp) -> pd.DataFrame:
    """Messages sent, opened and clicked in the last 90 days, each message once."""
    seen = messages[messages["occurred_at"] >= at - 90 * DAY].drop_duplicates(["customer", "message_id", "message_event"])
    counts = seen.pivot_table(index="customer", columns="message_event", values="message_id", aggfunc="count", fill_value=0)
    counts = counts.reindex(columns=["sent", "opened", "clicked"], fill_value=0)
    shares = counts[["opened", "clicked"]].div(counts["sent"].replace(0, np.nan), axis=0)
    return pd.DataFrame(
        {"message_count_90": counts["sent"], "open_share_90": shares["opened"], "click_share_90": shares["clicked"]}
    )


def attributes(members: pd.DataFrame, at: pd.Timestamp) -> pd.DataFrame:
    """Who the customer is, by the latest record."""
    latest = members.sort_values("registered_at").drop_duplicates("customer", keep="last").set_index("customer")
    age = (at - pd.to_datetime(latest["birth_date"], errors="coerce")) / (365.25 * DAY)
    return latest[["gender", "region", "acquisition_channel"]].assign(
        age_years=age, known_days=(at - latest["registered_at"]) / DAY
    )


def staged(table: pd.DataFrame) -> pd.DataFrame:
    """Lifecycle stages by the company's own lapse point."""
    lapse = table["mean_gap_days"].quantile(0.9)
    silent = table["recency_days"]
    conditions = [
        silent > lapse,
        table["last_gap_days"] > lapse,
        table["order_day_count"] == 1,
        silent > 2 * table["mean_gap_days"],
    ]
    table["stage"] = np.select(conditions, ["lapsed", "reactivated", "new", "at_risk"], "active")
    return table.drop(columns=["last", "first", "refund"]).assign(lapse_days=lapse)


class Classical:
    """Models of buying and gamma-gamma of one moment, as lifetimes fits them."""

    def __init__(self, orders: pd.DataFrame, at: pd.Timestamp) -> None:
        self.summary = summary_data_from_transaction_data(
            orders, "customer", "ordered_at", monetary_value_col="margin", observation_period_end=at
        )
        summary = self.summary
        history = summary["frequency"], summary["recency"], summary["T"]
        self.orders = [kind(penalizer_coef=0.001).fit(*history) for kind in BUYING]
        repeat = summary[(summary["frequency"] > 0) & (summary["monetary_value"] > 0)]
        self.value = GammaGammaFitter(penalizer_coef=0.001).fit(repeat["frequency"], repeat["monetary_value"])

    def columns(self, days: float) -> pd.DataFrame:
        """Expected orders, probability of being active and margin per order."""
        history = [self.summary[name] for name in ("frequency", "recency", "T")]
        every = [model.conditional_expected_number_of_purchases_up_to_time(days, *history) for model in self.orders]
        expected = np.median(every, axis=0)
        alive = self.orders[0].conditional_probability_alive(*history)
        worth = self.value.conditional_expected_average_profit(
            self.summary["frequency"], self.summary["monetary_value"].clip(lower=0)
        )
        return pd.DataFrame({"btyd_orders": expected, "btyd_alive": alive, "btyd_margin": worth}, index=self.summary.index)


def learnable(tables: Tables, at: pd.Timestamp, days: float) -> pd.DataFrame:
    """Features with what the classical models expect."""
    return features(tables, at).join(Classical(tables["orders"], at).columns(days))


def labelled(tables: Tables, at: pd.Timestamp, days: int, chosen: pd.Index) -> pd.DataFrame:
    """A past moment with what happened in the horizon after it."""
    table = learnable(before(tables, at, chosen), at, days)
    orders = tables["orders"]
    later = orders[(orders["ordered_at"] >= at) & (orders["ordered_at"] < at + days * DAY)].groupby("customer")["margin"].sum()
    table["churned"] = (~table.index.isin(later.index)).astype(int)
    table["spent"] = later.reindex(table.index).fillna(0)
    return table


def learnt(
    tables: Tables, now: pd.Timestamp, days: int, chosen: pd.Index, target: str
) -> tuple[dict[str, object], dict[str, float]]:
    """A model fitted on three past moments, judged on the latest, fitted again with it."""
    held_at = now - days * DAY
    blocks = [labelled(tables, held_at - days * DAY - step * max(7, days // 3) * DAY, days, chosen) for step in range(3)]
    held = labelled(tables, held_at, days, chosen)
    past = pd.concat(blocks)
    names = [name for name in past if name not in ("churned", "spent") and past[name].nunique() > 1]
    kind = HistGradientBoostingClassifier if target == "churned" else HistGradientBoostingRegressor
    model = encoded(past[names], kind(random_state=7)).fit(past[names], past[target].clip(lower=0))
    if target == "churned":
        chance = model.predict_proba(held[names])[:, 1]
        quality = {"auc": roc_auc_score(held[target], chance), "brier": brier_score_loss(held[target], chance)}
    else:
        quality = {"rmse": float(np.sqrt(((model.predict(held[names]) - held[target]) ** 2).mean()))}
    some = held.sample(min(len(held), 5_000), random_state=7)
    quality["importance"] = float(permutation_importance(model, some[names], some[target], n_repeats=1).importances_mean.max())
    past = pd.concat([past, held])
    learnt_now = fitted(model, past[names], past[target].clip(lower=0), held[names], held[target], target)
    return {**learnt_now, "days": days}, quality


def fitted(model: object, rows: pd.DataFrame, wanted: pd.Series, held: pd.DataFrame, happened: pd.Series, target: str) -> Learnt:
    """What scores everybody: churn calibrated on later time, value with models of its 10 % and 90 % quantiles."""
    if target == "churned":
        scale = LogisticRegression().fit(logit(model.predict_proba(held)[:, 1]), happened)
        return {"model": model.fit(rows, wanted), "scale": scale}
    ends = {
        end: encoded(rows, HistGradientBoostingRegressor(loss="quantile", quantile=share, random_state=7)).fit(rows, wanted)
        for end, share in (("low", 0.1), ("high", 0.9))
    }
    return {"model": model.fit(rows, wanted), **ends}


def logit(chance: np.ndarray) -> np.ndarray:
    """Log-odds as a column."""
    kept = np.clip(chance, 1e-6, 1 - 1e-6)
    return np.log(kept / (1 - kept)).reshape(-1, 1)


def scored(current: pd.DataFrame, classical: Classical, churn: Learnt, value: Learnt) -> pd.DataFrame:
    """Scores of everybody."""
    for_churn = current.join(classical.columns(churn["days"]))[churn["model"].feature_names_in_]
    for_value = current.join(classical.columns(value["days"]))[value["model"].feature_names_in_]
    chance = churn["scale"].predict_proba(logit(churn["model"].predict_proba(for_churn)[:, 1]))[:, 1]
    names = {"value": "model", "value_low": "low", "value_high": "high"}
    amounts = {name: value[which].predict(for_value) for name, which in names.items()}
    return pd.DataFrame({"churn": chance, **amounts}, index=current.index)


def encoded(table: pd.DataFrame, model: object) -> object:
    """A model behind an encoder of its text columns."""
    texts = [name for name in table.columns if table[name].dtype == object or isinstance(table[name].dtype, pd.StringDtype)]
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan, max_categories=MOST_CATEGORIES)
    return make_pipeline(make_column_transformer((encoder, texts), remainder="passthrough"), model)


def work(folder: Path, done: Callable[[str], None]) -> dict[str, float]:
    """Everything, step by step; returns how good the models are."""
    tables = read(folder)
    done("read")
    quality_table = check(tables)
    done("check")
    tables = joined(tables)
    now = tables["orders"]["ordered_at"].max().normalize() + DAY
    done("one customer each, lines and orders joined")
    current = features(before(tables, now), now)
    done("features now")
    everybody = pd.Index(tables["orders"]["customer"].unique())
    chosen = everybody if len(everybody) <= SAMPLE else everybody.to_series().sample(SAMPLE, random_state=7).index
    history = (now - tables["orders"]["ordered_at"].min()) / DAY
    churn_days = int(max(28, min(current["lapse_days"].iloc[0], history / 3)))
    value_days = int(max(28, min(365, history / 3)))
    classical = Classical(tables["orders"], now)
    churn, churn_quality = learnt(tables, now, churn_days, chosen, "churned")
    done("churn: past moments, fit, judge")
    value, value_quality = learnt(tables, now, value_days, chosen, "spent")
    done("value: past moments, fit, judge")
    scores = scored(current, classical, churn, value)
    done("score everybody")
    answers = answer_all(tables, current.join(scores), now)
    done("29 questions")
    out = folder / "notebook"
    out.mkdir(exist_ok=True)
    current.join(scores).to_parquet(out / "profile.parquet")
    quality_table.to_parquet(out / "quality.parquet")
    for name, table in answers.items():
        pd.DataFrame(table).to_csv(out / f"{name}.csv")
    done("write")
    return {**churn_quality, **value_quality}


def run(folder: Path, *, shortly: bool) -> None:
    """Run every step and print times."""
    warnings.filterwarnings("ignore")
    steps: list[tuple[str, float]] = []
    whole = clock_now = time.perf_counter()

    def done(name: str) -> None:
        nonlocal clock_now
        steps.append((name, time.perf_counter() - clock_now))
        clock_now = time.perf_counter()

    quality = (short if shortly else work)(folder, done)
    print(json.dumps({"steps": steps, "seconds": time.perf_counter() - whole, "peak": peak(), "quality": quality}))


if __name__ == "__main__":
    run(Path(sys.argv[2]), shortly=sys.argv[1] == "--short-notebook")
