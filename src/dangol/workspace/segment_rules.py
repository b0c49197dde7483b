"""Segments as rules may name them: built-in ones and those of the settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dangol.core.declare import Segment, SegmentSettings
from dangol.core.errors import ConfigError, told
from dangol.core.rules import NamedRule, named_segments, parse


def all_segments(own: Sequence[SegmentSettings], declared: Mapping[str, Segment]) -> dict[str, SegmentSettings]:
    """Built-in segments and those of `dangol.yaml`, by name.

    Raises:
        ConfigError: one of the settings has the name of a built-in one, or two share a name.
    """
    found = {name: each.settings for name, each in declared.items()}
    for each in own:
        if each.name in found:
            what = told("segment {name:quoted} is there twice", name=each.name)
            raise ConfigError(what, where="dangol.yaml", hint=told("give yours another name"))
        found[each.name] = each
    return found


def named_rules(segments: Mapping[str, SegmentSettings]) -> dict[str, NamedRule]:
    """Segments as rules may name them; what is no rule at all is left out, and unknown to them."""
    found = {}
    for name, each in segments.items():
        try:
            found[name] = NamedRule(each.ko, each.en, parse(each.rule))
        except ConfigError:
            continue
    return found


def named_in(rule: str) -> list[str]:
    """The segments that a rule names; none where it is no rule."""
    try:
        return named_segments(parse(rule)) if rule.strip() else []
    except ConfigError:
        return []
