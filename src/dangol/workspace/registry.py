"""Finding declarations: the built-in rooms and the company's own `custom/` folder, by the same rules."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import pkgutil
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from dangol import destinations, features, predictions, programmes, questions, segments, sources
from dangol.core.declare import Declaration, Destination, Feature, Output, Prediction, Programme, Question, Segment
from dangol.core.declare.source import Preset
from dangol.core.errors import DeclarationError, Told, UnknownName, suggest, told

ROOMS: Mapping[type[Declaration], ModuleType] = {
    Feature: features, Prediction: predictions, Question: questions, Segment: segments,
    Programme: programmes, Preset: sources, Destination: destinations,
}  # fmt: skip
NUMBERED = re.compile(r"[A-Za-z]?\d+")
# The hundred questions and the ten are meant before others.
NUMBERED_FIRST = "QT"
Kind = TypeVar("Kind", bound=Declaration)


@dataclass(frozen=True)
class Registry:
    """Every declaration, by room and name; a built-in room is imported when it is first asked for.

    Attributes:
        custom: the company's own declarations.
    """

    custom: tuple[Declaration, ...] = field(default=())

    def of(self, kind: type[Kind]) -> Mapping[str, Kind]:
        """The declarations of one kind by name, in the order of their files, the company's own last.

        Raises:
            DeclarationError: two of them share a name.
        """
        found: dict[str, Kind] = {}
        for declaration in (*built_in(ROOMS[kind]), *self.custom):
            if isinstance(declaration, kind):
                earlier = found.setdefault(declaration.name, declaration)
                if earlier is not declaration:
                    raise twice(declaration, earlier)
        return found

    @property
    def declarations(self) -> tuple[Declaration, ...]:
        """All of them, room by room."""
        rooms = (self.features, self.predictions, self.questions, self.segments, self.programmes, self.sources, self.destinations)
        return tuple(each for room in rooms for each in room.values())

    @cached_property
    def features(self) -> Mapping[str, Feature]:
        """Feature families."""
        return self.of(Feature)

    @cached_property
    def predictions(self) -> Mapping[str, Prediction]:
        """Predictions."""
        return self.of(Prediction)

    @cached_property
    def questions(self) -> Mapping[str, Question]:
        """Questions."""
        return self.of(Question)

    @cached_property
    def segments(self) -> Mapping[str, Segment]:
        """Segments."""
        return self.of(Segment)

    @cached_property
    def programmes(self) -> Mapping[str, Programme]:
        """Programmes."""
        return self.of(Programme)

    @cached_property
    def sources(self) -> Mapping[str, Preset]:
        """Source presets."""
        return self.of(Preset)

    @cached_property
    def destinations(self) -> Mapping[str, Destination]:
        """Destinations."""
        return self.of(Destination)

    def find_question(self, name: str) -> Question:
        """A question by its name or number (`Q13`, `13`, `T6`).

        Raises:
            UnknownName: neither is known.
        """
        numbers = {question.number.lower(): question for question in self.questions.values()}
        wanted = name.lower()
        found = self.questions.get(wanted) or numbers.get(wanted) or numbers.get(f"q{wanted}")
        if found is None:
            what = told("unknown {kind} {name:quoted}", kind=told("question"), name=name)
            raise UnknownName(what, hint=told("{closest} (all questions: dangol ask)", closest=self.closest_questions(name)))
        return found

    def closest_questions(self, name: str) -> Told:
        """What may have been meant: questions that have the words in their title, else the closest names and numbers."""
        if NUMBERED.fullmatch(name):
            return suggest(name.upper(), [each.number for each in self.questions.values()])
        titled = [each for each in self.questions.values() if name.lower() in f"{each.ko} {each.en.lower()}"]
        titled.sort(key=lambda each: each.number[0] not in NUMBERED_FIRST)
        if titled:
            return told("did you mean {names:either}?", names=[f"{each.number} ({each.name})" for each in titled[:3]])
        return suggest(name.lower(), self.questions)


def declared_columns(registry: Registry) -> dict[str, Output]:
    """Every column a profile may have, in this company or another."""
    families = {name: output for each in registry.features.values() for name, output in each.outputs.items()}
    scores = {name: output for each in registry.predictions.values() for name, output in each.outputs.items()}
    return {**families, **scores}


def reason_columns(registry: Registry) -> dict[str, Output]:
    """Why each score is what it is, as the profile keeps it: `group:+0.42;group:-0.1`, the strongest first."""
    return {
        f"{name}_reasons": Output("text", f"{each.ko} 이유", f"{each.en}: reasons", f"{name}_reasons")
        for name, each in registry.predictions.items()
    }


def readable_columns(registry: Registry) -> dict[str, Output]:
    """Every column that questions may read of a profile."""
    return {**declared_columns(registry), **reason_columns(registry)}


def discover(custom: Path | None = None) -> Registry:
    """All declarations of the built-in rooms and of the company's folder.

    Raises:
        DeclarationError: two declarations of one room share a name, or a custom file cannot be imported.
    """
    own = custom_modules(custom) if custom and custom.is_dir() else ()
    registry = Registry(tuple(chain.from_iterable(map(declared_in, own))))
    for kind in set(map(type, registry.custom)):
        registry.of(kind)  # finds a name that is declared twice
    return registry


def twice(declaration: Declaration, earlier: Declaration) -> DeclarationError:
    """What is wrong where two declarations of one room share a name."""
    return DeclarationError(
        f"{declaration.room} {declaration.name!r} is declared twice",
        where=str(declaration.file),
        hint=f"the other one is in {earlier.file}",
    )


def built_in(room: ModuleType) -> Iterator[Declaration]:
    """The declarations in the files of a room."""
    for info in sorted(pkgutil.iter_modules(room.__path__), key=lambda each: each.name):
        yield from declared_in(importlib.import_module(f"{room.__name__}.{info.name}"))


def custom_modules(folder: Path) -> Iterator[ModuleType]:
    """The company's own files, imported under names that cannot clash."""
    for path in sorted(folder.rglob("*.py")):
        digest = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]
        name = f"dangol_custom_{path.stem}_{digest}"
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise DeclarationError(f"cannot import {path.name!r}", where=str(path))
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except (ImportError, SyntaxError, NameError, AttributeError, TypeError) as problem:
            raise DeclarationError(f"cannot import {path.name!r}: {problem}", where=str(path)) from problem
        yield module


def declared_in(module: ModuleType) -> Iterator[Declaration]:
    """Declarations written in a module, in their order; those imported from elsewhere do not count."""
    for value in vars(module).values():
        if isinstance(value, Declaration) and value.file.resolve() == Path(module.__file__ or "").resolve():
            yield value
