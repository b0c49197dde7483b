"""The commands for segments: who they are, what they are worth, and the policy that programmes heed for them."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Annotated, Any

import typer

from dangol.core.declare import Policy, SegmentSettings
from dangol.core.misfit import fitted
from dangol.core.text import Text, lookup, tell
from dangol.core.text import to_translate as words
from dangol.faces.cli.console import HERE, FolderOption, JsonOption, terminal
from dangol.faces.cli.opening import opened
from dangol.workspace.company import Company
from dangol.workspace.segments import Segments, Standing

HEADS = (
    (words("Segment"), "text", "left"),
    (words("Title"), "text", "left"),
    (words("Customers"), "count", "right"),
    (words("Share"), "share", "right"),
    (words("Expected margin, 12 months"), "money", "right"),
)
LIMITS = (
    (words("Contact limit a year"), "money", "right"),
    (words("Acquisition limit each"), "money", "right"),
    (words("Contacted by"), "text", "left"),
)
NOT_READ = words("{name}: its rule cannot be read here: {problems}")


def segment(
    name: Annotated[str, typer.Argument(help="Segment; all of them when absent.")] = "",
    folder: FolderOption = HERE,
    rule: Annotated[str, typer.Option(help="Save this rule as the segment.")] = "",
    title: Annotated[str, typer.Option(help="Its title; the name when absent.")] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Take a segment of your own and its policy away.")] = False,
    json: JsonOption = False,
) -> None:
    """List segments with what they are worth, or save one by its rule."""
    company, who = opened(folder), os.environ.get("USER") or "cli"
    if not name:
        show(company, company.segments.all(), as_json=json)
        return
    if remove:
        company.segments.remove(name, who=who)
        terminal.say("The segment is removed.")
        return
    if rule:
        save(company.segments, name, title, rule, who=who)
    show(company, [company.segments.one(name)], as_json=json, explained=True)


def policy(
    segment: Annotated[str, typer.Argument(help="Segment that the policy is for.")],
    folder: FolderOption = HERE,
    promotion: Annotated[
        float | None, typer.Option(help="Contacts of a year cost at most this share of the expected margin.", min=0, max=1)
    ] = None,
    acquisition: Annotated[
        float | None, typer.Option(help="Winning one costs at most this share of the expected margin.", min=0, max=1)
    ] = None,
    channels: Annotated[str, typer.Option(help="Contact them by these only, such as email,kakao.")] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Take the policy away.")] = False,
    json: JsonOption = False,
) -> None:
    """Say what customers of a segment may cost and how they are contacted; every programme and the work list heed it."""
    company, who = opened(folder), os.environ.get("USER") or "cli"
    company.segments.find(segment)
    limits = {"promotion_share": promotion, "acquisition_share": acquisition, "channels": listed(channels)}
    if remove:
        company.segments.clear_policy(segment, who=who)
    elif any(value not in (None, ()) for value in limits.values()):
        set_limits(company.segments, segment, limits, who=who)
    show(company, [company.segments.one(segment)], as_json=json, explained=True)


def listed(channels: str) -> tuple[str, ...]:
    """Channels as typed, one after the other."""
    return tuple(filter(None, (each.strip() for each in channels.split(","))))


def save(desk: Segments, name: str, title: str, rule: str, *, who: str) -> None:
    """Keep a segment; titles that it has stay unless another one is given.

    Raises:
        ConfigError: name, title or rule cannot be.
    """
    known = desk.known.get(name)
    titles = {"ko": title or (known.ko if known else name), "en": title or (known.en if known else name)}
    desk.save(fitted(SegmentSettings, {"name": name, **titles, "rule": rule}), who=who)


def set_limits(desk: Segments, name: str, limits: dict[str, Any], *, who: str) -> None:
    """Set the limits that were given; the others of the policy stay.

    Raises:
        UnknownName: there is no such segment.
        ConfigError: a limit that cannot be.
    """
    desk.find(name)
    before = desk.policies[name].model_dump() if name in desk.policies else {"segment": name}
    given = {key: value for key, value in limits.items() if value not in (None, ())}
    desk.set_policy(fitted(Policy, {**before, **given}), who=who)


def show(company: Company, found: list[Standing], *, as_json: bool, explained: bool = False) -> None:
    """Segments as a table, with what their rules mean where one is looked at."""
    if as_json:
        terminal.json([{**asdict(each), "settings": each.settings.model_dump(), "payable": each.payable,
                        "policy": each.policy.model_dump() if each.policy else None} for each in found])  # fmt: skip
        return
    limited = any(each.policy for each in found)
    heads = [*HEADS, *LIMITS] if limited else HEADS
    columns = [(lookup(head, terminal.language), kind, side) for head, kind, side in heads]
    terminal.table(columns, [told_row(each)[: len(heads)] for each in found])
    for each in found:
        if each.problems:
            terminal.say(
                NOT_READ, name=each.settings.name, problems="; ".join(tell(one, terminal.language) for one in each.problems)
            )
        elif explained:
            terminal.write(company.customers.explained(each.settings.rule, terminal.language))


def told_row(each: Standing) -> list[object]:
    """A segment as a row of the list."""
    settings, policy = each.settings, each.policy
    return [settings.name, Text(settings.ko, settings.en).in_(terminal.language), each.customers, each.share, each.margin,
            each.limit, each.payable, ", ".join(policy.channels) if policy and policy.channels else "–"]  # fmt: skip
