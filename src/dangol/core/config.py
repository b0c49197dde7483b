"""Settings files: YAML read into a declared model, every problem at once with its line, secrets kept outside."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, TypeVar, cast, get_args
from zoneinfo import available_timezones

import yaml
from pydantic import AfterValidator, BaseModel, ValidationError
from pydantic_core import ErrorDetails

from dangol.core.errors import ConfigError, suggest, told
from dangol.core.misfit import misfit

Settings = TypeVar("Settings", bound=BaseModel)
Path_ = tuple[str | int, ...]
PREFIX = "DANGOL__"
SECRETS_FILE = "DANGOL_SECRETS_FILE"
SECRET_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
SECRET_LINE = re.compile(r"\s*(?P<name>[A-Za-z_]\w*)\s*=\s*(?P<value>.*?)\s*")
YAML_WORDS = {
    "mapping values": told("a colon where none can be; put a text with a colon into quotes"),
    "could not find expected ':'": told("a key without its colon"),
    "<block end>": told("an indentation that does not fit the lines above"),
    "but got": told("a bracket that is never closed"),
    "end of stream": told("a quote that is never closed"),
    "alphabetic or numeric": told("a value that begins with * or &; put it into quotes"),
    "cannot start any token": told("a character that no value can begin with; put the value into quotes"),
}
SECRET_KEYS = re.compile(r"(password|passwd|secret|token|api_?key|private_?key)$", re.IGNORECASE)

PLAIN_WORDS = {
    "tag:yaml.org,2002:bool": (re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")),
    "tag:yaml.org,2002:int": (re.compile(r"^[-+]?(?:0|[1-9][0-9_]*)$"), list("-+0123456789")),
    "tag:yaml.org,2002:float": (re.compile(r"^[-+]?(?:[0-9][0-9_]*)?\.[0-9]+(?:[eE][-+]?[0-9]+)?$"), list("-+.0123456789")),
    "tag:yaml.org,2002:null": (re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
    "tag:yaml.org,2002:merge": (re.compile(r"^(?:<<)$"), ["<"]),
}


class PlainLoader(yaml.SafeLoader):
    """YAML without its surprises: `21:00` stays text, `no` stays a word, a date stays as written."""


PlainLoader.yaml_implicit_resolvers = {}
for tag, (pattern, first) in PLAIN_WORDS.items():
    PlainLoader.add_implicit_resolver(tag, pattern, first)


def is_secret_name(name: str) -> str:
    """Accept the name of an environment variable; refuse what looks like the secret itself, without repeating it.

    Raises:
        ValueError: the text is no name such as SHOP_DB_PASSWORD.
    """
    if not SECRET_NAME.fullmatch(name):
        raise ValueError(told("must name an environment variable such as SHOP_DB_PASSWORD, never the secret itself"))
    return name


SecretName = Annotated[str, AfterValidator(is_secret_name)]


def known_zone(name: str) -> str:
    """Accept a time zone of the IANA list.

    Raises:
        ValueError: there is no such zone.
    """
    if name not in available_timezones():
        raise ValueError(told("no such time zone; write it as in 'Asia/Seoul'"))
    return name


Zone = Annotated[str, AfterValidator(known_zone)]


@dataclass
class Document:
    """A settings file as read: values, and the line of every key.

    Attributes:
        values: plain dictionaries, lists and scalars.
        lines: where each key or list item stands, by its path.
        problems: what is wrong with the file before any model looks at it.
    """

    file: str
    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[Path_, int | str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def place(self, path: Path_) -> str:
        """File and line of a key, or of the nearest key around it; a variable's name when the environment set it."""
        for length in range(len(path), 0, -1):
            line = self.lines.get(path[:length])
            if isinstance(line, str):
                return line
            if line is not None:
                return f"{self.file}:{line}"
        return f"{self.file}:1"


def read_settings(path: Path, model: type[Settings]) -> Settings:
    """The settings of a company, checked against what can be set.

    `DANGOL__SECTION__KEY` in the environment wins over the file.

    Args:
        path: a YAML file.
        model: the pydantic model it must fit.

    Raises:
        ConfigError: with one line for every problem of the file: place, key, what was found and what is allowed.
    """
    document = read_document(path)
    override(document, os.environ)
    problems = list(document.problems)
    settings: Settings | None = None
    try:
        settings = model.model_validate(document.values)
    except ValidationError as found:
        problems += [describe(error, document, model) for error in found.errors(include_url=False)]
    problems = list(dict.fromkeys(problems))
    if problems or settings is None:
        count = len(problems)
        what = told("{count|problem/problems} in {file:quoted}", count=count, file=path.name)
        raise ConfigError(what, where=str(path), problems=problems)
    return settings


def read_document(path: Path) -> Document:
    """The file's values with the line of every key; duplicate keys are noted as problems.

    Raises:
        ConfigError: the file is missing, empty, not UTF-8 or not YAML.
    """
    text = read_text(path)
    document = Document(path.name)
    try:
        node = yaml.compose(text, Loader=PlainLoader)
    except yaml.MarkedYAMLError as problem:
        what = told("{file:quoted} is not YAML: {problem}", file=path.name, problem=broken(problem, text))
        raise ConfigError(what, where=str(path)) from problem
    if node is None:
        what = told("{file:quoted} is empty", file=path.name)
        raise ConfigError(what, where=str(path), hint=told("write one with `dangol init`"))
    if not isinstance(node, yaml.MappingNode):
        found = told("a list") if isinstance(node, yaml.SequenceNode) else told("a single value")
        what = told("{file:quoted} must hold `key: value` lines, found {found}", file=path.name, found=found)
        raise ConfigError(what, where=str(path))
    document.values = cast("dict[str, Any]", build(node, (), document))
    return document


def read_text(path: Path) -> str:
    """The file's text.

    Raises:
        ConfigError: no such file, or not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as problem:
        what = told("there is no {file:quoted} here", file=path.name)
        raise ConfigError(what, where=str(path), hint=told("make one with `dangol init`")) from problem
    except (UnicodeDecodeError, OSError) as problem:
        what = told("{file:quoted} cannot be read as UTF-8 text", file=path.name)
        raise ConfigError(what, where=str(path)) from problem


def broken(problem: yaml.MarkedYAMLError, text: str) -> str:
    """What the YAML reader stumbled over, with its line; tabs are called by their name."""
    mark = problem.problem_mark or problem.context_mark
    line = mark.line + 1 if mark else 1
    shown = [*text.splitlines(), ""][line - 1]
    if "\t" in shown[: len(shown) - len(shown.lstrip())]:
        return told("line {line}: a tab in the indentation; YAML allows spaces only", line=line)
    raw = str(problem.problem or problem.context)
    said = next((words for sign, words in YAML_WORDS.items() if sign in raw), raw)
    return told("line {line}: {problem}", line=line, problem=said)


def build(node: yaml.Node, path: Path_, document: Document) -> object:
    """Values of a node, noting lines and duplicate keys on the way."""
    if isinstance(node, yaml.MappingNode):
        return build_mapping(node, path, document)
    if isinstance(node, yaml.SequenceNode):
        for place, item in enumerate(node.value):
            document.lines[(*path, place)] = item.start_mark.line + 1
        return [build(item, (*path, place), document) for place, item in enumerate(node.value)]
    return scalar(node)


def build_mapping(node: yaml.MappingNode, path: Path_, document: Document) -> dict[str, object]:
    """A section's values; a key written twice is a problem, not a choice."""
    values: dict[str, object] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        line = key_node.start_mark.line + 1
        if key in values:
            earlier = document.lines[(*path, key)]
            place, shown = f"{document.file}:{line}", dotted((*path, key))
            twice = told("{place} {key}: written twice, first on line {earlier}", place=place, key=shown, earlier=earlier)
            document.problems.append(twice)
        document.lines[(*path, key)] = line
        values[key] = build(value_node, (*path, key), document)
    return values


def scalar(node: yaml.Node) -> object:
    """A single value, typed by the plain rules above."""
    loader = PlainLoader("")
    return loader.construct_object(node)


def override(document: Document, environment: Mapping[str, str]) -> None:
    """Put `DANGOL__SECTION__KEY` variables over the file's values."""
    for name in sorted(environment):
        if name.upper().startswith(PREFIX):
            steps = [int(step) if step.isdigit() else step.lower() for step in name[len(PREFIX) :].split("__")]
            put(document, steps, word_value(environment[name]))
            document.lines[tuple(steps)] = name


def word_value(text: str) -> object:
    """A variable's text typed as the same text in the file would be."""
    node = yaml.compose(text, Loader=PlainLoader)
    return None if node is None else build(node, (), Document("environment"))


def put(document: Document, steps: list[str | int], value: object) -> None:
    """Set one value deep inside, making the sections on the way."""
    target: Any = document.values
    for step, following in pairwise(steps):
        target = target[step] if has(target, step) else target.setdefault(step, [] if isinstance(following, int) else {})
    if isinstance(target, list) and steps[-1] == len(target):
        target.append(value)
    elif isinstance(target, dict) or has(target, steps[-1]):
        target[steps[-1]] = value
    else:
        variable = f"{PREFIX}{'__'.join(map(str, steps)).upper()}"
        document.problems.append(told("{variable}: no such place in {file}", variable=variable, file=document.file))


def has(target: object, step: str | int) -> bool:
    """Whether a section or list holds a section or list at that step."""
    if isinstance(target, dict):
        return isinstance(target.get(step), dict | list)
    return isinstance(target, list) and isinstance(step, int) and 0 <= step < len(target)


def describe(error: ErrorDetails, document: Document, model: type[BaseModel]) -> str:
    """One problem in one line: place, key, what is wrong, what was found."""
    path = tuple(step for step in error["loc"] if not str(step).startswith(("function-", "is-instance", "constrained-")))
    place, key = document.place(path), dotted(path) or told("(whole file)")
    if error["type"] == "extra_forbidden":
        hint = unknown_key(str(path[-1]), allowed_keys(model, path[:-1]))
        return told("{place} {key}: unknown key, {hint}", place=place, key=key, hint=hint)
    silent = hides_value(path) or error["type"] == "missing" or isinstance(error["input"], dict | list)
    found = "" if silent else told(", found {value:quoted}", value=error["input"])
    return told("{place} {key}: {problem}{found}", place=place, key=key, problem=misfit(error), found=found)


def unknown_key(name: str, allowed: list[str]) -> str:
    """What the writer probably meant; a secret is pointed to its variable."""
    if SECRET_KEYS.search(name):
        return told("secrets are never written here: name an environment variable under {key:quoted}", key=f"{name}_env")
    return suggest(name, allowed)


def hides_value(path: Path_) -> bool:
    """Whether a value may be a secret and must not be repeated."""
    last = str(path[-1]) if path else ""
    return last.endswith(("_env", "url")) or bool(SECRET_KEYS.search(last))


def dotted(path: Path_) -> str:
    """A path as people write it: `sources[0].table`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def allowed_keys(model: type[BaseModel], path: Path_) -> list[str]:
    """Keys that may stand at a place of the file."""
    models: list[type[BaseModel]] = [model]
    for step in filter(lambda each: isinstance(each, str), path):
        models = [inner for each in models for inner in models_below(each, str(step))] or models
    return sorted(set().union(*(each.model_fields for each in models)))


def models_below(model: type[BaseModel], key: str) -> Iterator[type[BaseModel]]:
    """Models that may stand under a key."""
    found = model.model_fields.get(key)
    return models_of(found.annotation if found else None)


def models_of(annotation: object) -> Iterator[type[BaseModel]]:
    """Models named anywhere inside a type, such as in `list[Source] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from models_of(inner)


def secret(name: str) -> str:
    """A password or key, from the environment or from the file that DANGOL_SECRETS_FILE names (`NAME=value` lines).

    Raises:
        ConfigError: neither knows the name; the value itself is never shown.
    """
    found = os.environ.get(name) or secrets_of_file(os.environ.get(SECRETS_FILE, "")).get(name)
    if not found:
        hint = told("export {name}=… or put it into the file that {variable} names", name=name, variable=SECRETS_FILE)
        raise ConfigError(told("the secret {name:quoted} is not set", name=name), hint=hint)
    return found


def secrets_of_file(path: str) -> dict[str, str]:
    """`NAME=value` lines of a file; empty without one.

    Raises:
        ConfigError: the file is named but cannot be read.
    """
    if not path:
        return {}
    lines = read_text(Path(path)).splitlines()
    found = filter(None, map(SECRET_LINE.fullmatch, lines))
    return {line["name"]: line["value"].strip("'\"") for line in found}


def json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of the settings, for editors that complete and check while typing."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema(by_alias=True)}
