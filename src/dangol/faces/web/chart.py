"""Charts: figures as options of ECharts in plain JSON; functions are names that `static/dangol.js` knows.

Tooltips are rich text, because HTML tooltips need inline styles that the content security policy forbids.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from babel.numbers import get_currency_precision, get_currency_symbol

from dangol.faces.html import Figure, Reader
from dangol.faces.html.palette import GRID, HEAT, INK, MUTED, SERIES

Option = dict[str, Any]
HEIGHTS = ((3, "low"), (8, "short"), (14, "middle"), (sys.maxsize, "tall"))
FORMATTERS = {
    "money": "@money",
    "share": "@percent",
    "probability": "@percent",
    "count": "@count",
    "integer": "@count",
    "days": "@days",
}


def formatter(unit: str) -> str:
    """The name of the function that writes numbers of a kind."""
    return FORMATTERS.get(unit, "@number")


def money_style(reader: Reader) -> str:
    """What the script needs to write money as we do: language, sign and decimals, as JSON."""
    symbol = get_currency_symbol(reader.currency, locale=reader.language)
    gap = " " if symbol[-1:].isalpha() else ""
    return json.dumps(
        {"language": reader.language, "symbol": symbol + gap, "digits": get_currency_precision(reader.currency)},
        ensure_ascii=False,
    )


def chart_json(figure: Figure) -> str:
    """A figure as ECharts options."""
    return json.dumps(heat_option(figure) if figure.kind == "heatmap" else option(figure), ensure_ascii=False)


def chart_height(figure: Figure) -> str:
    """The name of the height a figure needs: by its rows where it has rows, else short."""
    if figure.kind == "heatmap":
        return height_of(len(figure.series))
    return height_of(len(figure.labels)) if figure.lying else "short"


def height_of(rows: int) -> str:
    """The name of the height that some rows need."""
    return next(name for most, name in HEIGHTS if rows <= most)


def basic(figure: Figure) -> Option:
    """What all charts share."""
    return {
        "animation": False,
        "color": list(SERIES),
        "textStyle": {"fontFamily": "inherit", "color": INK},
        "grid": {"left": 8, "right": 20, "top": 40 if len(figure.series) > 1 else 12, "bottom": 8, "containLabel": True},
        "legend": {"show": len(figure.series) > 1, "top": 4, "left": 0, "textStyle": {"color": INK}},
        "tooltip": {
            "trigger": "axis",
            "renderMode": "richText",
            "confine": True,
            "valueFormatter": formatter(figure.unit),
            "axisPointer": {"type": "line" if figure.kind == "line" else "shadow"},
        },
    }


def label_axis(figure: Figure) -> Option:
    """The axis of labels."""
    return {
        "type": "category",
        "data": list(figure.labels),
        "inverse": figure.lying,
        "axisTick": {"show": False},
        "axisLine": {"lineStyle": {"color": GRID}},
        "axisLabel": {"color": INK if figure.lying else MUTED, "width": 200, "overflow": "truncate", "hideOverlap": True},
    }


def number_axis(figure: Figure) -> Option:
    """The axis of numbers."""
    return {
        "type": "value",
        "splitLine": {"lineStyle": {"color": GRID}},
        "splitNumber": 4,
        "axisLabel": {"color": MUTED, "formatter": formatter(figure.unit), "hideOverlap": True},
    }


def option(figure: Figure) -> Option:
    """Lines, bars and stacks."""
    across, up = label_axis(figure), number_axis(figure)
    axes = {"yAxis": across, "xAxis": up} if figure.lying else {"xAxis": across, "yAxis": up}
    series = [{**SHAPES.get(figure.kind, BARS), "name": each.title, "data": list(each.values)} for each in figure.series]
    intervals = [whiskers(figure, place) for place, each in enumerate(figure.series) if each.ranges]
    return {**basic(figure), **axes, "series": [*series, *intervals]}


def whiskers(figure: Figure, place: int) -> Option:
    """The intervals of a series across the ends of its bars: rows of (place, low, high, which of the bars, how many bars)."""
    across, up = ("y", "x") if figure.lying else ("x", "y")
    beside = [place, len(figure.series)] if figure.kind == "bar" else [0, 1]
    return {
        "type": "custom",
        "renderItem": "@lying_interval" if figure.lying else "@interval",
        "data": [[*each, *beside] for each in figure.series[place].spans],
        "encode": {across: 0, up: [1, 2]},
        "itemStyle": {"color": INK},
        "tooltip": {"show": False},
        "silent": True,
        "z": 3,
    }


BARS: Option = {"type": "bar", "barMaxWidth": 44, "itemStyle": {"borderRadius": 2}}
SHAPES: dict[str, Option] = {
    "bar": BARS,
    "stacked": {"type": "bar", "stack": "all", "barMaxWidth": 44},
    "line": {"type": "line", "symbolSize": 6, "lineStyle": {"width": 2.5}, "connectNulls": False},
}


def heat_cells(figure: Figure) -> list[tuple[int, int, float]]:
    """Column, row and value of each cell that has one."""
    placed = [(column, row, value) for row, each in enumerate(figure.series) for column, value in enumerate(each.values)]
    return [(column, row, value) for column, row, value in placed if value is not None]


def heat_option(figure: Figure) -> Option:
    """A heat map with its values in the cells; cells without a value stay blank."""
    cells = heat_cells(figure)
    values = [cell[2] for cell in cells]
    axis = {"type": "category", "splitArea": {"show": False}, "axisTick": {"show": False}, "axisLine": {"show": False}}
    shared = basic(figure)
    return {
        **shared,
        "grid": {**shared["grid"], "top": 8, "bottom": 28},
        "tooltip": {**shared["tooltip"], "trigger": "item", "valueFormatter": formatter(figure.unit)},
        "xAxis": {**axis, "data": list(figure.labels), "name": figure.across, "nameLocation": "middle", "nameGap": 28},
        "yAxis": {**axis, "data": [each.title for each in figure.series], "inverse": True},
        "visualMap": {"show": False, "min": min(values), "max": max(values), "inRange": {"color": list(HEAT)}},
        "series": [
            {
                "type": "heatmap",
                "data": cells,
                "label": {"show": len(figure.labels) <= 14, "formatter": formatter(figure.unit), "fontSize": 11},
                "itemStyle": {"borderColor": "#fff", "borderWidth": 2},
            }
        ],
    }
