"""Figures, charts and drawings: the script writes numbers as Python does, and every picture holds the answer's numbers."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
import quickjs
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.core.declare import Chart
from dangol.core.text import format_value
from dangol.faces.html import Figure, Reader, Series, draw, figure_of
from dangol.faces.html.drawing import scale_of
from dangol.faces.html.palette import HEAT, INK, SERIES, heat_colour, ink_on
from dangol.faces.web.chart import chart_json, money_style
from dangol.faces.web.show import STATIC
from dangol.workspace.answers import Answer, Trust

READERS = [Reader(language, currency, "Asia/Seoul") for language in ("ko", "en") for currency in ("KRW", "USD", "SEK")]
NAMES = {"money": "money", "count": "count", "percent": "share", "number": "number", "days": "days"}
NUMBERS = st.one_of(
    st.floats(-1e15, 1e15, allow_nan=False),
    st.floats(-2, 2, allow_nan=False).map(lambda value: round(value, 12)),
    st.integers(-(10**15), 10**15).map(float),
    st.decimals(-(10**9), 10**9, places=2, allow_nan=False).map(float),
)
EDGES = [0.0, -0.0, 0.005, 0.5, 1.5, 2.5, 0.125, 9.995, 99.5, 9999.5, 9_999_999.5, 99_999_999.0, 99_995_000.0, 1e12, 0.0095,
         0.00995, -0.004, 999.9, 999_949.0, 999_950.0, 1e-9, 12345.678, 0.285, 1.005]  # fmt: skip


@pytest.fixture(scope="module")
def script() -> quickjs.Context:
    """The pages' script in an engine of its own."""
    context = quickjs.Context()
    context.eval((STATIC / "dangol.js").read_text(encoding="utf-8"))
    context.eval(
        "var written = (name, value, style) => globalThis.dangol.format(name, Number(value), JSON.parse(style)).slice(0)"
    )
    return context


def written(script: quickjs.Context, name: str, value: float, reader: Reader) -> str:
    return str(script.eval(f"written({json.dumps(name)}, {json.dumps(repr(value))}, {json.dumps(money_style(reader))})"))


@pytest.mark.parametrize("reader", READERS, ids=lambda each: f"{each.language}-{each.currency}")
@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=150, deadline=None)
@given(value=NUMBERS)
def test_the_script_writes_numbers_as_python_does(script: quickjs.Context, name: str, reader: Reader, value: float) -> None:
    assert written(script, name, value, reader) == format_value(NAMES[name], value, reader.language, currency=reader.currency)


@pytest.mark.parametrize("reader", READERS, ids=lambda each: f"{each.language}-{each.currency}")
@pytest.mark.parametrize("name", NAMES)
def test_the_script_rounds_at_the_edges_as_python_does(script: quickjs.Context, name: str, reader: Reader) -> None:
    expected = [format_value(NAMES[name], value, reader.language, currency=reader.currency) for value in EDGES]
    assert [written(script, name, value, reader) for value in EDGES] == expected


def test_the_script_puts_functions_where_names_stand(script: quickjs.Context) -> None:
    assert (
        script.eval(
            """(() => { const o = dangol.withFunctions({a: ["@count", "@nobody"], b: {c: "@money"}}, {language: "ko", symbol: "₩",
        digits: 0}); return [o.a[0](1234), o.a[1], o.b.c({value: [0, 1, 12300]}), o.b.c(null)].join("|").slice(0) })()"""
        )
        == "1,234|@nobody|₩1.2만|–"
    )


def answer_of(columns: list[tuple[str, str]], rows: list[list[object]]) -> Answer:
    named = [(name, kind, name, name) for name, kind in columns]
    return Answer("q", "Q0", "2026-01-01", {}, {"n": 1}, named, rows, len(rows), (), True, Trust("good"), "", ())


KO, EN = READERS[0], READERS[3]


def test_months_stand_in_order_and_the_running_one_is_left_out() -> None:
    rows = [[date(2026, 3, 1), 1, False], [date(2026, 2, 1), 7, True], [date(2026, 1, 1), 5, True]]
    answer = answer_of([("month", "month"), ("count", "count"), ("is_complete", "flag")], rows)
    figure = figure_of(Chart("bar", "month", ("count",)), answer, "?", KO)
    assert figure is not None
    assert figure.labels == ("2026년 1월", "2026년 2월")
    assert figure.series[0].values == (5.0, 7.0)


def test_a_cohort_figure_leaves_the_future_blank() -> None:
    rows = [[date(2026, 1, 1), 0, 1.0], [date(2026, 1, 1), 1, 0.4], [date(2026, 2, 1), 0, 1.0]]
    answer = answer_of([("cohort", "month"), ("number", "integer"), ("share", "share")], rows)
    figure = figure_of(Chart("heatmap", "number", ("cohort",), "share"), answer, "?", EN)
    assert figure is not None
    assert [each.values for each in figure.series] == [(1.0, 0.4), (1.0, None)]
    assert [cell[:2] for cell in json.loads(chart_json(figure))["series"][0]["data"]] == [[0, 0], [1, 0], [0, 1]]
    assert len([part for part in draw(figure, EN).parts if part.startswith("<rect")]) == 3


def test_a_row_of_a_heat_map_may_be_a_move_between_two_stages() -> None:
    rows = [
        [date(2026, 2, 1), "new", "active", 0.5],
        [date(2026, 1, 1), "new", "new", 0.9],
        [date(2026, 1, 1), "new", "active", 0.1],
    ]
    columns = [("month", "month"), ("stage_before", "category"), ("stage_now", "category"), ("share", "share")]
    figure = figure_of(Chart("heatmap", "month", ("stage_before", "stage_now"), "share"), answer_of(columns, rows), "?", KO)
    assert figure is not None
    assert [(each.title, each.values) for each in figure.series] == [("신규 → 신규", (0.9, None)), ("신규 → 활동", (0.1, 0.5))]


CURVES = Chart("curves", "name", ("in_1", "in_7"), "what", kinds=("message_order", "second_order"))


@pytest.mark.parametrize(
    ("kinds", "drawn"),
    [
        (("message_click", "message_order", "second_order"), ("Order after a message", ["a", "b"], [(0.1, 0.5), (0.3, None)])),
        (("message_click", "second_order"), ("Second order after the first", ["a", "b"], [(0.1, 0.5), (0.3, None)])),
        (("message_click",), None),
    ],
)
def test_every_row_of_the_first_kind_is_a_curve(
    kinds: tuple[str, ...], drawn: tuple[str, list[str], list[tuple[float | None, ...]]] | None
) -> None:
    rows = [[what, name, first, later] for what in kinds for name, first, later in (("a", 0.1, 0.5), ("b", 0.3, None))]
    columns = [("what", "category"), ("name", "category"), ("in_1", "share"), ("in_7", "share")]
    figure = figure_of(CURVES, answer_of(columns, rows), "?", EN)
    assert (figure is None) == (drawn is None)
    if figure is not None and drawn is not None:
        kind, names, values = drawn
        assert figure.title == f"? {kind}"
        assert figure.kind == "line"
        assert [each.title for each in figure.series] == names
        assert [each.values for each in figure.series] == values
        assert len(figure.labels) == 2


def test_no_more_curves_are_drawn_than_colours_can_be_told_apart() -> None:
    rows = [["message_order", f"c{number}", 0.1, 0.2] for number in range(30)]
    columns = [("what", "category"), ("name", "category"), ("in_1", "share"), ("in_7", "share")]
    figure = figure_of(CURVES, answer_of(columns, rows), "?", EN)
    assert figure is not None
    assert [each.title for each in figure.series] == [f"c{number}" for number in range(6)]


@pytest.mark.parametrize(
    "chart",
    [Chart("none"), Chart("bar", "absent", ("a",)), Chart("bar", "a", ("absent",)), Chart("heatmap", "a", ("b",), "absent")],
)
def test_nothing_is_drawn_of_what_is_not_there(chart: Chart) -> None:
    assert figure_of(chart, answer_of([("a", "category"), ("b", "count")], [["x", 1]]), "?", EN) is None
    assert figure_of(Chart("bar", "a", ("b",)), answer_of([("a", "category"), ("b", "count")], []), "?", EN) is None


FIGURES = [
    Figure("bar", "?", "x", ("가", "나", "<b>"), "money", (Series("A & B", (1e8, -3.0, None)),)),
    Figure("line", "?", "x", ("1", "2", "3"), "share", (Series("one", (0.1, None, 0.3)), Series("two", (0.2, 0.2, 0.2)))),
    Figure("stacked", "?", "x", ("1", "2"), "count", (Series("one", (1.0, 2.0)), Series("two", (3.0, 4.0)))),
    Figure("bar", "?", "x", ("a very long name of a product indeed", "b"), "number", (Series("one", (0.0, 0.0)),), lying=True),
    Figure("heatmap", "?", "x", ("1", "2"), "share", (Series("one", (1.0, None)), Series("two", (0.5, 0.2)))),
    Figure("bar", "?", "x", ("1", "2", "3"), "share", (Series("one", (0.9, 1.1, 1.0), ((0.8, 1.0), None, (0.95, 1.3))),)),
    Figure("bar", "?", "x", ("a", "b"), "money", (Series("one", (5.0, 1.0), ((-2.0, 12.0), (0.0, 2.0))),), lying=True),
]


@pytest.mark.parametrize("figure", FIGURES, ids=[f"{place}-{each.kind}" for place, each in enumerate(FIGURES)])
@pytest.mark.parametrize("reader", [KO, EN], ids=["ko", "en"])
def test_drawings_are_whole_svg_inside_their_frame(figure: Figure, reader: Reader) -> None:
    picture = draw(figure, reader)
    svg = ET.fromstring(f"<svg>{''.join(picture.parts)}</svg>")
    for rect in svg.iter("rect"):
        x, y, width, height = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
        assert x >= 0
        assert y >= 0
        assert x + width <= picture.width + 0.5
        assert y + height <= picture.height + 0.5
        assert height > 0
    assert "style" not in "".join(picture.parts)


@pytest.mark.parametrize("figure", FIGURES[-2:], ids=["standing", "lying"])
def test_intervals_are_drawn_from_low_to_high(figure: Figure) -> None:
    picture = draw(figure, EN)
    svg = ET.fromstring(f"<svg>{''.join(picture.parts)}</svg>")
    strokes = [line for line in svg.iter("line") if line.attrib["stroke"] == INK]
    spans = figure.series[0].spans
    assert len(strokes) == 3 * len(spans)
    along = ("x1", "x2") if figure.lying else ("y1", "y2")
    lengths = [abs(float(line.attrib[along[0]]) - float(line.attrib[along[1]])) for line in strokes[::3]]
    (_, low, high), (_, other_low, other_high) = spans
    assert lengths[0] / lengths[1] == pytest.approx((high - low) / (other_high - other_low), rel=0.02)
    assert all(0 <= float(line.attrib[name]) <= picture.width for line in strokes for name in ("x1", "x2"))
    option = json.loads(chart_json(figure))
    assert option["series"][1]["data"] == [[*each, 0, 1] for each in spans]
    assert option["series"][1]["encode"] == ({"y": 0, "x": [1, 2]} if figure.lying else {"x": 0, "y": [1, 2]})


@pytest.mark.parametrize(("bars", "beside"), [(1, 0), (2, 0.5)])
def test_the_script_draws_an_interval_on_its_own_bar(script: quickjs.Context, bars: int, beside: float) -> None:
    drawn = script.eval(
        """(() => { const api = {value: (place) => [3, 10, 20, 1, BARS][place], coord: (pair) => pair, visual: () => "red",
          barLayout: ({count}) => [...Array(count).keys()].map((place) => ({offsetCenter: place - 0.5}))};
        const ends = (name) => dangol.withFunctions({r: name}, {}).r({}, api).children.map((each) => each.shape);
        return JSON.stringify([ends("@interval")[0], ends("@lying_interval")[0], ends("@interval").length])
        })()""".replace("BARS", str(bars))
    )
    along = 3 + beside
    standing, lying = {"x1": along, "y1": 10, "x2": along, "y2": 20}, {"x1": 10, "y1": along, "x2": 20, "y2": along}
    assert json.loads(drawn) == [standing, lying, 3]


def test_a_chart_with_columns_of_an_interval_shows_it() -> None:
    columns = [("weekday", "integer"), ("index", "share"), ("low", "share"), ("high", "share")]
    answer = answer_of(columns, [[2, 1.1, 1.0, 1.2], [1, 0.9, None, 1.0]])
    figure = figure_of(Chart("bar", "weekday", ("index",), low="low", high="high"), answer, "?", EN)
    assert figure is not None
    assert figure.series[0].ranges == (None, (1.0, 1.2))
    without = figure_of(Chart("bar", "weekday", ("index",), low="low", high="absent"), answer, "?", EN)
    assert without is not None
    assert without.series[0].ranges == ()


def test_stacked_drawings_reach_the_sum() -> None:
    svg = ET.fromstring(f"<svg>{''.join(draw(FIGURES[2], EN).parts)}</svg>")
    bars = [float(rect.attrib["height"]) for rect in svg.iter("rect")][2:]
    assert bars[0] / bars[1] == pytest.approx(1 / 3, rel=0.05)
    assert sum(bars[2:]) / sum(bars[:2]) == pytest.approx(6 / 4, rel=0.02)


@given(st.lists(st.floats(-1e12, 1e12, allow_nan=False), min_size=1, max_size=20))
def test_scales_hold_every_number_with_few_round_ticks(values: list[float]) -> None:
    scale = scale_of(values, 300, 0)
    assert 2 <= len(scale.ticks) <= 8
    assert all(-1 <= scale.place(value) <= 301 for value in values)


@pytest.mark.parametrize("figure", FIGURES, ids=[f"{place}-{each.kind}" for place, each in enumerate(FIGURES)])
def test_options_are_plain_json_with_safe_tooltips(figure: Figure) -> None:
    option = json.loads(chart_json(figure))
    assert option["tooltip"]["renderMode"] == "richText"
    names = re.findall(r'"@(\w+)"', chart_json(figure))
    assert names
    assert set(names) <= {*NAMES, "interval", "lying_interval"}


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_colours_stand_out() -> None:
    assert min(contrast(colour, "#FFFFFF") for colour in SERIES) >= 3
    assert min(contrast(colour, ink_on(colour)) for colour in HEAT) >= 4.5
    assert heat_colour(0) == HEAT[0]
    assert heat_colour(1) == HEAT[-1]


def test_money_of_an_answer_is_drawn_as_a_number() -> None:
    figure = figure_of(
        Chart("bar", "a", ("b",)), answer_of([("a", "category"), ("b", "money")], [["x", Decimal("12.50")], ["y", None]]), "?", EN
    )
    assert figure is not None
    assert figure.series[0].values == (12.5, None)
    assert "KRW" not in figure.summary
    assert "₩13" in figure.summary
