"""Segments: who they are, what they are worth, and the policy that programmes and work lists heed for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from dangol.core.declare import Policy, SegmentSettings
from dangol.core.errors import ConfigError, told
from dangol.core.misfit import fitted
from dangol.core.tables import CHANNELS
from dangol.core.text import tell
from dangol.core.text import to_translate as words
from dangol.faces.html import Reader
from dangol.faces.web.programmes import title_of
from dangol.faces.web.show import Pages, customers_link, doer
from dangol.faces.web.worklist import amount
from dangol.workspace.programmes import all_programmes
from dangol.workspace.segments import Segments, Standing, free_name

HERE = "/customers/segments"
ANY_WAY = words("every way")
SAVED, REMOVED = words("Saved. Programmes and the work list heed it from now on."), words("The segment is removed.")
COUNTED = words("{n:count|customer/customers}: {rule}")
SAID = {"saved": SAVED, "removed": REMOVED}


@dataclass(frozen=True)
class Row:
    """A segment as the list shows it; texts are ready to read."""

    title: str
    name: str
    rule: str
    customers_link: str
    built_in: bool
    customers: str
    share: str
    margin: str
    margin_each: str
    channels: str
    promotion: str
    promotion_each: str
    payable: str
    programmes: Sequence[tuple[str, str]]
    problems: Sequence[str] = ()


@dataclass(frozen=True)
class Typed:
    """What somebody typed, so that a form with a mistake comes back as it was."""

    title: str = ""
    rule: str = ""
    promotion: str = ""
    acquisition: str = ""
    channels: Sequence[str] = ()
    problems: Sequence[str] = field(default=())


def routes(pages: Pages) -> APIRouter:
    """The pages of segments."""
    router = APIRouter()

    @router.get(HERE)
    def segments(request: Request, rule: str = "", title: str = "", said: str = "") -> Response:
        """All segments; a rule in the address is counted before it is saved."""
        return list_page(pages, request, Typed(title, rule), said=said)

    @router.post(HERE)
    def save(
        request: Request, title: Annotated[str, Form(max_length=200)] = "", rule: Annotated[str, Form(max_length=5000)] = ""
    ) -> Response:
        """Keep a new segment."""
        desk, reader = pages.company.segments, pages.reader(request)
        try:
            name = free_name(title, desk.known)
            desk.save(fitted(SegmentSettings, {"name": name, **titles_of(title, ("ko", "en")), "rule": rule}), who=doer(request))
        except ConfigError as wrong:
            return list_page(pages, request, Typed(title, rule, problems=problems_of(wrong, reader)))
        return RedirectResponse(f"{HERE}/{name}?said=saved", status_code=303)

    @router.get(HERE + "/{name}")
    def segment(request: Request, name: str, said: str = "") -> Response:
        """One segment with its policy."""
        found = pages.company.segments.one(name)
        return one_page(pages, request, found, typed_of(found, pages.reader(request)), said=said)

    @router.post(HERE + "/{name}")
    def change(
        request: Request, name: str,
        title: Annotated[str, Form(max_length=200)] = "", rule: Annotated[str, Form(max_length=5000)] = "",
    ) -> Response:  # fmt: skip
        """Change title and rule of an own segment; the other language keeps its title where it had one of its own."""
        desk, reader = pages.company.segments, pages.reader(request)
        found = desk.one(name)
        try:
            desk.save(renamed(found.settings, title, rule, reader), who=doer(request))
        except ConfigError as wrong:
            typed = typed_of(found, reader)
            again = Typed(title, rule, typed.promotion, typed.acquisition, typed.channels, problems_of(wrong, reader))
            return one_page(pages, request, found, again)
        return RedirectResponse(f"{HERE}/{name}?said=saved", status_code=303)

    add_policy(router, pages)
    return router


def add_policy(router: APIRouter, pages: Pages) -> None:
    """What is said of a segment that is there: its policy, or that it goes."""

    @router.post(HERE + "/{name}/policy")
    def policy(
        request: Request, name: str,
        promotion: Annotated[str, Form(max_length=40)] = "", acquisition: Annotated[str, Form(max_length=40)] = "",
        channels: Annotated[list[str] | None, Form()] = None,
    ) -> Response:  # fmt: skip
        """Keep the policy of a segment; an empty one is taken away."""
        desk, reader = pages.company.segments, pages.reader(request)
        found, chosen = desk.one(name), channels or []
        try:
            set_policy(desk, name, promotion, acquisition, chosen, who=doer(request))
        except ConfigError as wrong:
            settings = typed_of(found, reader)
            again = Typed(settings.title, settings.rule, promotion, acquisition, chosen, problems_of(wrong, reader))
            return one_page(pages, request, found, again)
        return RedirectResponse(f"{HERE}/{name}?said=saved", status_code=303)

    @router.post(HERE + "/{name}/remove")
    def remove(request: Request, name: str) -> Response:
        """Take an own segment away."""
        desk, reader = pages.company.segments, pages.reader(request)
        try:
            desk.remove(name, who=doer(request))
        except ConfigError as wrong:
            found = desk.one(name)
            settings = typed_of(found, reader)
            again = Typed(settings.title, settings.rule, settings.promotion, settings.acquisition, settings.channels,
                          problems_of(wrong, reader))  # fmt: skip
            return one_page(pages, request, found, again)
        return RedirectResponse(f"{HERE}?said=removed", status_code=303)


def list_page(pages: Pages, request: Request, typed: Typed, said: str = "") -> Response:
    """The list with the form of a new segment; what its rule selects where it has one."""
    reader, counted, problems = pages.reader(request), "", list(typed.problems)
    if typed.rule and not problems:
        try:
            customers = pages.company.customers
            counted = reader.say(COUNTED, n=customers.count(typed.rule), rule=customers.described(typed.rule, reader.language))
        except ConfigError as wrong:
            problems = problems_of(wrong, reader)
    return pages.show(
        request,
        "segments.html",
        422 if problems else 200,
        rows=[row_of(each, pages, reader) for each in pages.company.segments.all()],
        typed=typed,
        problems=problems,
        counted=counted,
        said=reader.say(SAID[said]) if said in SAID else "",
    )


def one_page(pages: Pages, request: Request, found: Standing, typed: Typed, said: str = "") -> Response:
    """A segment with its forms."""
    reader = pages.reader(request)
    return pages.show(
        request,
        "segment.html",
        422 if typed.problems else 200,
        row=row_of(found, pages, reader),
        typed=typed,
        policy=found.policy,
        channels=[(name, reader.value("category", name)) for name in CHANNELS],
        said=reader.say(SAID[said]) if said in SAID else "",
    )


def row_of(found: Standing, pages: Pages, reader: Reader) -> Row:
    """A segment in words."""
    settings, policy = found.settings, found.policy
    programmes = all_programmes(pages.company.settings, pages.company.registry)
    readable = not found.problems
    closed = policy is not None and policy.channels
    return Row(
        title=settings.ko if reader.language == "ko" else settings.en,
        name=settings.name,
        rule=pages.company.customers.described(settings.rule, reader.language) if readable else settings.rule,
        customers_link=customers_link(f'in_segment(name="{settings.name}")') if readable else "",
        built_in=found.built_in,
        customers=written("count", found.customers, reader),
        share=written("percent", found.share, reader),
        margin=written("money", found.margin, reader),
        margin_each=written("money", found.margin_each, reader),
        channels=", ".join(reader.value("category", name) for name in policy.channels)
        if policy and closed
        else reader.say(ANY_WAY),
        promotion=written("money", found.limit, reader),
        promotion_each=written("money", found.limit_each, reader),
        payable=written("money", found.payable, reader),
        programmes=[(f"/programmes/{name}", title_of(programmes[name], reader)) for name in found.programmes],
        problems=[tell(each, reader.language) for each in found.problems],
    )


def written(kind: str, value: float | None, reader: Reader) -> str:
    """A figure; a dash where there is none."""
    return "–" if value is None else reader.value(kind, value)


def typed_of(found: Standing, reader: Reader) -> Typed:
    """What the forms of a segment hold before anybody types."""
    settings, policy = found.settings, found.policy
    return Typed(
        title=settings.ko if reader.language == "ko" else settings.en,
        rule=settings.rule,
        promotion=percent_of(policy.promotion_share if policy else None),
        acquisition=percent_of(policy.acquisition_share if policy else None),
        channels=policy.channels if policy else (),
    )


def percent_of(share: float | None) -> str:
    """A share as people type it, in per cent."""
    return "" if share is None else f"{share * 100:.10g}"


def share_of(text: str) -> float | None:
    """A share from what people type, in per cent; None where the field is empty.

    Raises:
        ConfigError: it is no number.
    """
    typed = amount(text.strip().rstrip("% "))
    return None if typed is None else round(typed / 100, 12)


def set_policy(desk: Segments, name: str, promotion: str, acquisition: str, channels: Sequence[str], *, who: str) -> None:
    """Keep a policy as it was typed; nothing typed takes it away.

    Raises:
        ConfigError: a figure that is none, or a policy that cannot be held.
    """
    values: Mapping[str, Any] = {
        "promotion_share": share_of(promotion),
        "acquisition_share": share_of(acquisition),
        "channels": () if set(channels) >= set(CHANNELS) else tuple(channels),
    }
    if any(value not in (None, ()) for value in values.values()):
        desk.set_policy(fitted(Policy, {"segment": name, **values}), who=who)
    elif name in desk.policies:
        desk.clear_policy(name, who=who)


def renamed(settings: SegmentSettings, title: str, rule: str, reader: Reader) -> SegmentSettings:
    """A segment with another title and rule; both titles change where they were one.

    Raises:
        ConfigError: a title or rule that cannot be.
    """
    titles = titles_of(title, ("ko", "en") if settings.ko == settings.en else (reader.language,))
    return fitted(SegmentSettings, {**settings.model_dump(), **titles, "rule": rule})


def titles_of(title: str, languages: Sequence[str]) -> dict[str, str]:
    """One title as those of several languages.

    Raises:
        ConfigError: there is none.
    """
    if not title.strip():
        raise ConfigError(told("a segment needs a title"))
    return dict.fromkeys(languages, title.strip())


def problems_of(wrong: ConfigError, reader: Reader) -> list[str]:
    """What is wrong, in the reader's language."""
    return [tell(each, reader.language) for each in (wrong.what, *wrong.problems, wrong.hint) if each]
