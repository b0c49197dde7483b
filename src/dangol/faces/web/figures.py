"""Entering figures that nobody's data hold: those of others beside our own, and what the company means to spend."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from dangol.core.errors import ConfigError, UnknownName
from dangol.core.text import tell
from dangol.core.text import to_translate as words
from dangol.faces.html import Reader
from dangol.faces.web.show import Pages, doer
from dangol.workspace.entered import PURPOSES, Bounds, Plan, PurposePlan
from dangol.workspace.entering import FIELDS, FIGURES, KINDS, STANDINGS, Compared, Entering, figure_title, number_of

HERE = "/value/figures"
ENTERED, REMOVED, PLANNED = "entered", "removed", "planned"
SAVED: Mapping[str, str] = {
    ENTERED: words("Saved. Answers are recomputed at once."),
    REMOVED: words("Removed. Answers are recomputed at once."),
    PLANNED: words("The plan is saved. Answers and the budget are recomputed at once."),
}
COSTS = ("yearly_budget", "conversation_cost", "return_cost")
LIMITS = ("lowest", "highest")
OF_PURPOSE = (*LIMITS, "contact_cost", "effect", "contacts", "source")
TEXTS = ("source",)
UNITS: Mapping[str, str] = {"share": words("share, in %"), "number": words("orders")}
LINKS = (
    ("/value/growth#relative_value", words("Compared with others")),
    ("/value/budget", words("Budget")),
    ("/value/portfolio", words("Portfolio")),
    ("/value#share_of_wallet", words("Share of wallet")),
)
Typed = Mapping[str, str]
Listed = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Shown:
    """A figure that is entered, as the page shows it; texts are ready to read."""

    figure: str
    category: str
    title: str
    value: str
    own: str
    standing: str
    good: bool | None
    source: str


@dataclass(frozen=True)
class Returned:
    """A form that came back: which one, what was typed into it, and what is wrong with that."""

    about: str = ""
    typed: Typed = field(default_factory=dict)
    listed: Listed = field(default_factory=dict)
    problems: Sequence[str] = ()


async def typed_form(request: Request) -> FormData:
    """The form that was sent, as it was typed."""
    return await request.form()


Sent = Annotated[FormData, Depends(typed_form)]


def routes(pages: Pages) -> APIRouter:
    """The page of entered figures, and its forms."""
    router = APIRouter()

    @router.get(HERE)
    def figures(request: Request, saved: str = "") -> HTMLResponse:
        """What is entered, and the forms to enter more."""
        return page(pages, request, saved=saved)

    @router.post(HERE)
    def keep(request: Request, sent: Sent) -> Response:
        """Enter or remove a figure, or keep the plan; what is wrong comes back as it was typed, with every problem named."""
        typed = {name: value for name, value in sent.items() if isinstance(value, str)}
        done = typed.get("do", "")
        listed = {
            name: [str(each) for each in sent.getlist(name)] for name in ("channel", *(f"channel.{each}" for each in LIMITS))
        }
        try:
            DEEDS.get(done, entered)(pages.company.entering, typed, listed, doer(request))
        except (ConfigError, UnknownName) as wrong:
            language = pages.reader(request).language
            problems = [tell(each, language) for each in (wrong.problems or (wrong.what,))]
            return page(pages, request, back=Returned(done, typed, listed, problems))
        return RedirectResponse(f"{HERE}?saved={done if done in SAVED else ENTERED}#content", status_code=303)

    return router


def entered(entering: Entering, typed: Typed, _listed: Listed, who: str) -> None:
    """Keep the figure of the form."""
    figure = typed.get("figure", "")
    value = number_of(typed.get("value", ""), is_share=KINDS.get(figure) == "share")
    said = {"figure": figure, "value": value, "category": typed.get("category", "").strip(), "source": typed.get("source", "")}
    entering.enter(said, who=who)


def removed(entering: Entering, typed: Typed, _listed: Listed, who: str) -> None:
    """Take a figure back."""
    entering.remove(typed.get("figure", ""), typed.get("category", ""), who=who)


def planned(entering: Entering, typed: Typed, listed: Listed, who: str) -> None:
    """Keep the plan of the form; fields left empty say nothing."""
    limits = zip(*(listed[name] for name in ("channel", "channel.lowest", "channel.highest")), strict=False)
    entering.set_plan(
        {
            **filled({name: typed.get(name, "") for name in COSTS}),
            "purposes": {each: filled({name: typed.get(f"{each}.{name}", "") for name in OF_PURPOSE}) for each in PURPOSES},
            "channels": {
                channel: filled({"lowest": low, "highest": high}) for channel, low, high in limits if low.strip() or high.strip()
            },
        },
        who=who,
    )


DEEDS: Mapping[str, Callable[[Entering, Typed, Listed, str], None]] = {
    ENTERED: entered,
    REMOVED: removed,
    PLANNED: planned,
}


def filled(fields: Typed) -> dict[str, object]:
    """What was typed into fields, without the empty ones; figures as numbers where they are some."""
    return {name: text.strip() if name in TEXTS else number_of(text) for name, text in fields.items() if text.strip()}


def page(pages: Pages, request: Request, *, saved: str = "", back: Returned | None = None) -> HTMLResponse:
    """The page; with a form that came back, if one did."""
    reader, entering, back = pages.reader(request), pages.company.entering, back or Returned()
    return pages.show(
        request,
        "figures.html",
        422 if back.problems else 200,
        here=HERE,
        rows=[shown(each, reader) for each in entering.all()],
        choices=[(each, f"{figure_title(each, reader.language)} ({unit_of(each, reader)})") for each in FIGURES],
        categories=entering.categories,
        saved=reader.say(SAVED[saved]) if saved in SAVED else "",
        fields={name: reader.say(title) for name, title in FIELDS.items()},
        links=[(address, reader.say(title)) for address, title in LINKS],
        problems=back.problems,
        about=back.about,
        **forms(entering, back, reader),
    )


def forms(entering: Entering, back: Returned, reader: Reader) -> dict[str, object]:
    """What the two forms hold: what was typed into the one that came back, else what is entered."""
    planning = back.about == PLANNED
    return {
        "typed": {} if planning else back.typed,
        "plan": back.typed if planning else plan_fields(entering.settings.plan),
        "channels": channel_rows(entering, back.listed if planning else None, reader),
        "costs": COSTS,
        "purposes": PURPOSES,
        "of_purpose": OF_PURPOSE,
        "texts": TEXTS,
    }


def shown(each: Compared, reader: Reader) -> Shown:
    """A figure that is entered, in words."""
    kind = KINDS[each.figure]
    good = {"ahead": True, "behind": False}.get(each.standing)
    return Shown(
        figure=each.figure,
        category=each.category,
        title=figure_title(each.figure, reader.language),
        value=reader.value({"money": "money_exact", "share": "percent_exact"}.get(kind, "number_exact"), each.value),
        own=reader.value("money_exact" if kind == "money" else kind, each.own),
        standing=reader.say(STANDINGS[each.standing], share=each.relative),
        good=good,
        source=each.source,
    )


def unit_of(figure: str, reader: Reader) -> str:
    """What a figure is counted in."""
    return reader.say(UNITS[KINDS[figure]]) if KINDS[figure] in UNITS else reader.currency


def plan_fields(plan: Plan) -> dict[str, str]:
    """The plan as the form has it: `yearly_budget`, `acquire.lowest` …; nothing where it says nothing."""
    found = {name: typed_figure(getattr(plan, name)) for name in COSTS}
    for purpose in PURPOSES:
        said = plan.purposes.get(purpose, PurposePlan())
        found |= {f"{purpose}.{name}": typed_figure(getattr(said, name)) for name in OF_PURPOSE}
    return found


def channel_rows(entering: Entering, listed: Listed | None, reader: Reader) -> list[tuple[str, str, str, str]]:
    """The channels with their limits: (name, in words, at least, at most), as typed or as entered."""
    if listed is not None:
        rows = list(zip(*(listed[name] for name in ("channel", "channel.lowest", "channel.highest")), strict=False))
    else:
        limits = entering.settings.plan.channels
        names = dict.fromkeys([*entering.channels, *limits])
        rows = [(name, *(typed_figure(getattr(limits.get(name, Bounds()), each)) for each in LIMITS)) for name in names]
    return [(name, reader.value("category", name), low, high) for name, low, high in rows]


def typed_figure(value: object) -> str:
    """A value as people type it; empty where it says nothing."""
    if not value:
        return ""
    return f"{value:,}".removesuffix(".0") if isinstance(value, int | float) else str(value)
