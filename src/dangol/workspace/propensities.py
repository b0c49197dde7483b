"""The company's own propensities: `propensities:` in `dangol.yaml` become predictions like any other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from dangol.core.declare import Output, Prediction, PropensitySettings
from dangol.core.errors import ConfigError, told
from dangol.core.rules import Vocabulary, check, parse
from dangol.workspace.population import vocabulary
from dangol.workspace.registry import Registry
from dangol.workspace.settings import FILE, Settings


def with_propensities(registry: Registry, settings: Settings, folder: Path) -> Registry:
    """The declarations with the company's own propensities among them.

    Raises:
        ConfigError: a name that is taken, or a rule that does not fit; all problems of all of them at once.
    """
    if not settings.propensities:
        return registry
    outputs = {name: output for each in registry.features.values() for name, output in each.outputs.items()}
    problems = [*names_taken(settings.propensities, registry), *misfits(settings.propensities, outputs, settings.company.zone)]
    if problems:
        what = told("{count|problem/problems} in {name:quoted}", count=len(problems), name="propensities")
        raise ConfigError(what, where=FILE, problems=problems)
    made = tuple(declared(each, folder / FILE) for each in settings.propensities)
    return replace(registry, custom=(*registry.custom, *made))


def declared(settings: PropensitySettings, file: Path) -> Prediction:
    """One propensity as a declaration."""
    from dangol.predictions.propensity import propensity  # boosted trees; whoever declares none does not wait for them

    within = f"{settings.en}: within {settings.window} days, of those for whom {settings.rule}."
    return propensity(settings, doc=within, file=file)


def names_taken(given: Sequence[PropensitySettings], registry: Registry) -> list[str]:
    """Names that stand for another prediction already, or twice."""
    often = Counter(each.name for each in given)
    known = registry.predictions
    return [
        told("{place} {key}: the name {name:quoted} is taken", place=FILE, key=f"propensities[{place}].name", name=each.name)
        for place, each in enumerate(given)
        if each.name in known or often[each.name] > 1
    ]


def misfits(given: Sequence[PropensitySettings], outputs: Mapping[str, Output], zone: str) -> list[str]:
    """What is wrong with the rules."""
    words = vocabulary(outputs, zone)
    return [
        told("{place} {key}: {problem}", place=FILE, key=f"propensities[{place}].{key}", problem=problem)
        for place, each in enumerate(given)
        for key in ("population", "exclude")
        for problem in wrong(getattr(each, key), words)
    ]


def wrong(rule: str, words: Vocabulary) -> Sequence[str]:
    """What is wrong with a rule; nothing where it fits or there is none."""
    if not rule:
        return []
    try:
        check(parse(rule), words)
    except ConfigError as problem:
        return problem.problems or [problem.what]
    return []
