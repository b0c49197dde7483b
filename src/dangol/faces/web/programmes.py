"""Programmes: standing rules for contacting customers, whom they would choose, and what they changed."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dangol.core.declare import ProgrammeSettings
from dangol.core.errors import ConfigError
from dangol.core.text import Language, tell
from dangol.core.text import to_translate as words
from dangol.faces.html import Figure, Reader, Series
from dangol.faces.web.show import Pages, customers_link
from dangol.lift import Lift, LiftResult
from dangol.workspace.programmes import all_programmes
from dangol.workspace.wording import decision_words

MOST_IMPORTED = 20
BUYERS, NET_SALES = words("Share of buyers"), words("Net sales per customer")
MARGIN = words("Margin per customer")
EVERYBODY, ARM = words("All contacted"), words("Arms")
ONE_EFFECT = words("{group}: {estimate}, between {low} and {high}.")
GOALS = {
    "order": (words("Difference in the share of buyers, with its 95 % interval"), "share"),
    "net_sales": (words("Difference in net sales per customer, with its 95 % interval"), "money"),
    "margin": (words("Difference in margin per customer, with its 95 % interval"), "money"),
}


@dataclass(frozen=True)
class Outcome:
    """A campaign with its result in words.

    Attributes:
        interval: (title, estimate, low, high) of what was measured; empty where nothing may be said.
        figure: the difference on the goal with its interval, of everybody contacted and of each arm; None likewise.
    """

    title: str
    when: str
    result: LiftResult
    sentence: str
    interval: list[tuple[str, str, str, str]]
    figure: Figure | None


def routes(pages: Pages) -> APIRouter:
    """The pages of programmes."""
    router = APIRouter()

    @router.get("/programmes")
    def programmes(request: Request) -> HTMLResponse:
        """All programmes, and the campaigns that came with the data."""
        reader, company = pages.reader(request), pages.company
        known = all_programmes(company.settings, company.registry)
        return pages.show(
            request,
            "programmes.html",
            programmes=[(each, title_of(each, reader), audience_words(pages, each, reader)) for each in known.values()],
            campaigns={name: len(company.programmes.campaigns(name)) for name in known},
            imported=[
                outcome(pages, each.campaign_id, each.name, "", reader) for each in company.programmes.imported()[:MOST_IMPORTED]
            ],
        )

    @router.get("/programmes/{name}")
    def programme(request: Request, name: str) -> HTMLResponse:
        """One programme: whom, what, how measured, and what it changed so far."""
        reader, company = pages.reader(request), pages.company
        settings = company.programmes.find(name)
        counts, problem = funnel(pages, name, reader.language)
        return pages.show(
            request,
            "programme.html",
            settings=settings,
            title=title_of(settings, reader),
            audience=audience_words(pages, settings, reader),
            audience_link="" if problem else customers_link(settings.audience),
            counts=[(decision_words(key, reader.language), key, value) for key, value in counts.items()],
            problem=problem,
            doc=company.registry.programmes[name].doc if name in company.registry.programmes else "",
            outcomes=[
                outcome(pages, each.campaign_id, each.campaign_id, reader.value("date", each.as_of), reader)
                for each in company.programmes.campaigns(name)
            ],
        )

    return router


def title_of(settings: ProgrammeSettings, reader: Reader) -> str:
    """A programme's name in words."""
    return settings.ko if reader.language == "ko" else settings.en


def audience_words(pages: Pages, settings: ProgrammeSettings, reader: Reader) -> str:
    """An audience in words; as written where this company lacks a column of it."""
    try:
        return pages.company.customers.explained(settings.audience, reader.language)
    except ConfigError:
        return settings.audience


def funnel(pages: Pages, name: str, language: Language) -> tuple[dict[str, int], str]:
    """Whom a programme would choose now, or why it cannot."""
    try:
        return dict(pages.company.programmes.preview(name)), ""
    except ConfigError as wrong:
        return {}, "; ".join(tell(each, language) for each in (wrong.what, *wrong.problems))


def outcome(pages: Pages, campaign_id: str, title: str, when: str, reader: Reader) -> Outcome:
    """A campaign's result as pages show it."""
    result = pages.company.lift(campaign_id)
    sentence = result.sentence(reader.language, currency=reader.currency, zone=reader.zone)
    return Outcome(title, when, result, sentence, intervals(result, reader), effect_figure(result, reader))


def effect_figure(result: LiftResult, reader: Reader) -> Figure | None:
    """The difference to those held out, of everybody contacted and of each arm."""
    if result.overall is None:
        return None
    goal = "net_sales" if result.overall.margin is None and result.reading.goal == "margin" else result.reading.goal
    title, unit = GOALS[goal]
    arms = result.arms if len(result.arms) > 1 else {}
    lifts = {reader.say(EVERYBODY): result.overall.on_goal, **{name: each.on_goal for name, each in arms.items()}}
    ranges = tuple((each.low, each.high) for each in lifts.values())
    series = Series(reader.say(title), tuple(each.estimate for each in lifts.values()), ranges)
    told = [reader.say(ONE_EFFECT, group=name, **written(each, unit, reader)) for name, each in lifts.items()]
    summary = f"{series.title}. {' '.join(told)}"
    return Figure("bar", series.title, reader.say(ARM), tuple(lifts), unit, (series,), lying=True, summary=summary)


def written(lift: Lift, unit: str, reader: Reader) -> dict[str, str]:
    """A difference and its range as people read them."""
    return {name: reader.value(unit, getattr(lift, name)) for name in ("estimate", "low", "high")}


def intervals(result: LiftResult, reader: Reader) -> list[tuple[str, str, str, str]]:
    """Measured differences with their ranges."""
    overall = result.overall
    if overall is None:
        return []
    measured = [(BUYERS, "share", overall.conversion), (NET_SALES, "money", overall.net_sales), (MARGIN, "money", overall.margin)]
    return [
        (reader.say(title), reader.value(kind, lift.estimate), reader.value(kind, lift.low), reader.value(kind, lift.high))
        for title, kind, lift in measured
        if lift is not None
    ]
