"""The loop's 29 questions as one answers them in pandas: one table each, without intervals, charts or sentences."""

from __future__ import annotations

import numpy as np
import pandas as pd

Tables = dict[str, pd.DataFrame]


def answer_all(tables: Tables, profile: pd.DataFrame, now: pd.Timestamp) -> dict[str, pd.DataFrame | pd.Series]:
    """A table for every question."""
    orders = tables["orders"].copy()
    orders["first_month"] = orders.groupby("customer")["month"].transform("min")
    orders["year"], orders["repeat"] = orders["month"].dt.year, orders["month"] > orders["first_month"]
    return {
        **about_sales(orders, tables),
        **about_places(orders, tables),
        **about_products(orders, tables["order_lines"], profile),
        **about_value(profile),
        **about_retention(orders, profile, now),
        **about_stages(profile),
    }


def about_sales(orders: pd.DataFrame, tables: Tables) -> dict[str, pd.DataFrame | pd.Series]:
    """Q1 to Q9."""
    new = orders.drop_duplicates("customer").groupby("month").size()
    spend = tables["spend"].groupby(pd.to_datetime(tables["spend"]["spent_on"]).dt.to_period("M"))["cost"].sum()
    yearly = orders.groupby("year").agg(net=("net", "sum"), customers=("customer", "nunique"), orders=("order_id", "size"))
    daily = orders.groupby("day")["net"].sum()
    return {
        "Q1": new,
        "Q2": pd.DataFrame({"spend": spend, "cost": spend / new}),
        "Q3": (yearly["net"] / yearly["customers"]).rename("revenue"),
        "Q4": orders.groupby(orders["month"].dt.month)[["net", "margin"]].mean(),
        "Q5": orders.groupby(["month", "repeat"])["net"].sum().unstack(),
        "Q6": orders.groupby(["month", "repeat"])["margin"].sum().unstack(),
        "Q7": yearly["orders"],
        "Q8": daily.groupby(daily.index.weekday).agg(["mean", "std", "size"]),
        "Q9": (yearly["net"] / yearly["orders"]).rename("average"),
    }


def about_places(orders: pd.DataFrame, tables: Tables) -> dict[str, pd.DataFrame | pd.Series]:
    """Q10 to Q13."""
    first = orders.drop_duplicates("customer")
    allowed = tables["consents"].sort_values("recorded_at").drop_duplicates(["customer", "channel"], keep="last")
    reachable = allowed[allowed["allowed"]]["customer"].unique()
    return {
        "Q10": orders.groupby("device")[["net", "margin"]].sum(),
        "Q11": orders.groupby("order_region").agg(net=("net", "sum"), customers=("customer", "nunique")),
        "Q12": orders.groupby("store_id")
        .agg(net=("net", "sum"), orders=("order_id", "size"))
        .join(first.groupby("store_id").size().rename("new")),
        "Q13": orders.assign(reachable=orders["customer"].isin(reachable)).groupby("reachable")["net"].sum(),
    }


def about_products(orders: pd.DataFrame, lines: pd.DataFrame, profile: pd.DataFrame) -> dict[str, pd.DataFrame | pd.Series]:
    """Q92 to Q94."""
    sold = lines.groupby("product_id").agg(net=("net_amount", "sum"), margin=("margin", "sum"), customers=("customer", "nunique"))
    first = lines[lines["order_id"].isin(orders.drop_duplicates("customer")["order_id"])]
    won = first.drop_duplicates(["product_id", "customer"]).join(profile[["value"]], on="customer")
    bought = lines.drop_duplicates(["product_id", "customer", "order_id"]).sort_values("ordered_at")
    times = bought.groupby(["product_id", "customer"])["ordered_at"].agg(["size", "min", "max"])
    gap = (times["max"] - times["min"]).dt.days / (times["size"] - 1).replace(0, np.nan)
    again = pd.DataFrame({"again": (times["size"] > 1).groupby("product_id").mean(), "gap": gap.groupby("product_id").median()})
    return {
        "Q92": sold.sort_values("net", ascending=False),
        "Q93": won.groupby("product_id")["value"].agg(["size", "mean"]).sort_values("size", ascending=False),
        "Q94": again,
    }


def about_value(profile: pd.DataFrame) -> dict[str, pd.DataFrame | pd.Series]:
    """Q39 to Q41, T1, T6 and T7."""
    ranked = profile.sort_values("net_sales", ascending=False)
    top = {share: ranked["net_sales"].head(int(len(ranked) * share)).sum() / ranked["net_sales"].sum() for share in (0.1, 0.2)}
    by_value = profile.sort_values("value", ascending=False)
    return {
        "Q39": profile["value"].describe(percentiles=[0.1, 0.25, 0.5, 0.75, 0.9]),
        "Q40": pd.Series(top),
        "Q41": by_value.head(100),
        "T1": ranked.head(100),
        "T6": profile.sort_values("churn").head(100),
        "T7": profile.sort_values("churn", ascending=False).head(100),
    }


def about_retention(orders: pd.DataFrame, profile: pd.DataFrame, now: pd.Timestamp) -> dict[str, pd.DataFrame | pd.Series]:
    """Q53, Q54 and Q57 to Q59."""
    days = orders.drop_duplicates(["customer", "day"]).sort_values(["customer", "day"])
    second = days[days.groupby("customer").cumcount() < 2].groupby("customer")["day"].agg(["min", "max", "size"])
    within = {d: ((second["size"] > 1) & ((second["max"] - second["min"]).dt.days <= d)).mean() for d in (30, 90, 365)}
    active = {
        month: orders[(orders["month"] > month - 3) & (orders["month"] <= month)]["customer"].nunique()
        for month in orders["month"].unique()
    }
    cohort = orders.drop_duplicates(["customer", "month"]).groupby(["first_month", "month"]).size().unstack()
    money = orders.groupby(["customer", "month"])["net"].sum().unstack(fill_value=0)
    kept = (
        np.minimum(money.iloc[:, 1:].to_numpy(), money.iloc[:, :-1].to_numpy()).sum(axis=0) / money.iloc[:, :-1].sum().to_numpy()
    )
    earlier = orders[orders["ordered_at"] < now - pd.Timedelta(days=90)].groupby("customer")["ordered_at"].max()
    was = pd.cut((now - pd.Timedelta(days=90) - earlier).dt.days, [-1, 30, 90, 10_000], labels=["active", "at_risk", "lapsed"])
    moved = pd.crosstab(was.reindex(profile.index).astype(object).fillna("none"), profile["stage"])
    return {"Q53": moved, "Q54": pd.Series(within), "Q57": pd.Series(active), "Q58": cohort, "Q59": pd.Series(kept)}


def about_stages(profile: pd.DataFrame) -> dict[str, pd.DataFrame | pd.Series]:
    """Q51 and Q52."""
    return {
        "Q51": profile["stage"].value_counts(),
        "Q52": profile.groupby("stage")[["net_sales", "margin", "value"]].sum(),
    }
