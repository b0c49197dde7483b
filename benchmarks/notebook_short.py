"""A short notebook: what an analyst does in an afternoon, a dozen features and a dozen questions, nothing checked or joined."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from lifetimes import BetaGeoFitter, GammaGammaFitter
from lifetimes.utils import summary_data_from_transaction_data
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import brier_score_loss, roc_auc_score

HORIZON = pd.Timedelta(days=90)


def read(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Lines with products, orders, events."""
    data = folder / "data"
    parts = []
    for system in ("mall", "pos"):
        for path in sorted(data.glob(f"{system}_order_lines-*.parquet")):
            part = pd.read_parquet(path)
            part["customer"] = system + part["customer_ref"].astype(str)
            part["order"] = system + part["order_id"].astype(str)
            parts.append(part)
    lines = pd.concat(parts, ignore_index=True)
    products = pd.concat([pd.read_parquet(path) for path in data.glob("products*.parquet")], ignore_index=True)
    lines = lines.drop(columns=[name for name in ("category", "brand") if name in lines]).merge(
        products[["product_id", "category", "brand"]].drop_duplicates("product_id"), on="product_id", how="left"
    )
    lines["net"] = money(lines)
    orders = lines.groupby(["customer", "order"], as_index=False).agg(
        at=("ordered_at", "min"), net=("net", "sum"), items=("quantity", "sum")
    )
    events = pd.concat(
        [
            pd.read_parquet(path, columns=["customer_ref", "occurred_at", "event_name"])
            for path in sorted(data.glob("mall_events-*.parquet"))
        ]
    )
    return lines, orders, events


def money(lines: pd.DataFrame) -> pd.Series:
    """Net amount of each line."""
    if "net_amount" in lines:
        return lines["net_amount"].astype(float)
    discount = lines["discount_amount"].astype(float).fillna(0) if "discount_amount" in lines else 0.0
    return lines["quantity"].astype(float) * lines["unit_price"].astype(float) - discount


def features(lines: pd.DataFrame, orders: pd.DataFrame, events: pd.DataFrame, at: pd.Timestamp) -> pd.DataFrame:
    """The usual columns per customer before a moment."""
    orders, lines, events = orders[orders["at"] < at], lines[lines["ordered_at"] < at], events[events["occurred_at"] < at]
    ordered = orders.sort_values(["customer", "at"])
    ordered["gap"] = ordered.groupby("customer")["at"].diff().dt.total_seconds() / 86400
    table = ordered.groupby("customer").agg(
        count=("order", "size"), net=("net", "sum"), last=("at", "max"), first=("at", "min"), gap_mean=("gap", "mean"),
        gap_std=("gap", "std"), largest=("net", "max"), items=("items", "mean"),
    )  # fmt: skip
    table["recency"] = (at - table.pop("last")).dt.total_seconds() / 86400
    table["tenure"] = (at - table.pop("first")).dt.total_seconds() / 86400
    for days in (30, 90, 365):
        recent = orders[orders["at"] >= at - pd.Timedelta(days=days)].groupby("customer")["net"]
        table[f"net_{days}"] = recent.sum()
        table[f"count_{days}"] = recent.size()
    by_category = lines.pivot_table(index="customer", columns="category", values="net", aggfunc="sum", fill_value=0)
    shares = by_category.div(by_category.sum(axis=1).replace(0, np.nan), axis=0).add_prefix("share_")
    first = ordered.drop_duplicates("customer").set_index("customer")["net"].rename("first_net")
    hours = orders.assign(weekend=orders["at"].dt.weekday >= 5).groupby("customer")["weekend"].mean()
    seen = events[events["occurred_at"] >= at - pd.Timedelta(days=90)].groupby("customer_ref").size().rename("events")
    seen.index = "mall" + seen.index.astype(str)
    return table.join([shares, first, hours, seen])


def labelled(lines: pd.DataFrame, orders: pd.DataFrame, events: pd.DataFrame, at: pd.Timestamp) -> pd.DataFrame:
    """Features at a past moment with what happened in the horizon after it."""
    table = features(lines, orders, events, at)
    later = orders[(orders["at"] >= at) & (orders["at"] < at + HORIZON)].groupby("customer")["net"].sum()
    table["label"] = (~table.index.isin(later.index)).astype(int)
    table["spend"] = later.reindex(table.index).fillna(0)
    return table


def questions(lines: pd.DataFrame, orders: pd.DataFrame, current: pd.DataFrame) -> None:
    """Some of the questions, as one would answer them in a notebook."""
    month = orders["at"].dt.to_period("M")
    first = orders.groupby("customer")["at"].transform("min").dt.to_period("M")
    orders.groupby("customer")["at"].min().dt.to_period("M").value_counts()
    orders.assign(month=month, repeat=month > first).groupby(["month", "repeat"])["net"].sum()
    orders.groupby(orders["at"].dt.year)["net"].agg(["mean", "size"])
    orders.groupby(orders["at"].dt.weekday)["net"].sum()
    orders.assign(month=month).groupby("month")["customer"].nunique()
    cohort = pd.DataFrame({"cohort": first, "month": month, "customer": orders["customer"]}).drop_duplicates()
    cohort.groupby(["cohort", "month"])["customer"].nunique().unstack()
    lines.groupby("product_id").agg(net=("net", "sum"), customers=("customer", "nunique")).sort_values("net", ascending=False)
    lines.groupby(["product_id", "customer"])["order"].nunique().gt(1).groupby("product_id").mean()
    current["net"].sort_values(ascending=False).cumsum().div(current["net"].sum())


def short(folder: Path, done: Callable[[str], None]) -> dict[str, float]:
    """Every step; returns how good the churn model is."""
    lines, orders, events = read(folder)
    done("read and join")
    now = orders["at"].max().normalize() + pd.Timedelta(days=1)
    current = features(lines, orders, events, now)
    done("features now")
    summary = summary_data_from_transaction_data(orders, "customer", "at", monetary_value_col="net", observation_period_end=now)
    model = BetaGeoFitter(penalizer_coef=0.001).fit(summary["frequency"], summary["recency"], summary["T"])
    repeat = summary[(summary["frequency"] > 0) & (summary["monetary_value"] > 0)]
    value = GammaGammaFitter(penalizer_coef=0.001).fit(repeat["frequency"], repeat["monetary_value"])
    value.customer_lifetime_value(
        model, summary["frequency"], summary["recency"], summary["T"], summary["monetary_value"].clip(lower=0), time=12, freq="D"
    )
    done("lifetimes CLV")
    past = [now - HORIZON * 2 - pd.Timedelta(days=30 * step) for step in range(4)]
    blocks = [labelled(lines, orders, events, at) for at in past]
    held = labelled(lines, orders, events, now - HORIZON)
    done("past snapshots")
    rows = pd.concat(blocks)
    target = rows.pop("label")
    spend = rows.pop("spend")
    churn = HistGradientBoostingClassifier(random_state=7).fit(rows, target)
    worth = HistGradientBoostingRegressor(random_state=7).fit(rows, spend)
    actual = held.pop("label")
    held.pop("spend")
    chance = churn.predict_proba(held.reindex(columns=rows.columns))[:, 1]
    churn.predict_proba(current.reindex(columns=rows.columns))
    worth.predict(current.reindex(columns=rows.columns))
    done("models")
    questions(lines, orders, current)
    done("a dozen questions")
    return {"auc": roc_auc_score(actual, chance), "brier": brier_score_loss(actual, chance)}
