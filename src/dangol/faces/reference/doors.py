"""How people and machines come in: commands, settings, errors and the API."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_type_hints

import typer
from fastapi import FastAPI

import dangol
from dangol.core import errors as core_errors
from dangol.core.config import json_schema
from dangol.core.errors import OUTCOMES, DangolError
from dangol.faces.cli import app
from dangol.faces.cli.on_call import CommandOnCall
from dangol.faces.reference.markdown import cell, code, codes, joined, paragraphs, table
from dangol.faces.rest import api
from dangol.faces.rest.problem import TITLES
from dangol.workspace.company import Company
from dangol.workspace.registry import Registry
from dangol.workspace.settings import Settings

SETTINGS = {"company": {"name": "reference"}}
Schema = Mapping[str, Any]
SIGNS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


def cli(_registry: Registry) -> str:
    """The page about commands."""
    listed: Mapping[str, CommandOnCall] = vars(typer.main.get_command(app))["commands"]
    commands = {name: each.loaded() for name, each in listed.items()}
    return joined(
        "# Command line",
        "`dangol [--lang ko|en] COMMAND`. Every command that works on a company takes its folder with `--folder`. Errors end "
        "with the [exit status](errors.md) of their kind.",
        table(("Command", "What it does"), ((f"[{name}](#{name})", first_line(each)) for name, each in commands.items())),
        *(one_command(name, each) for name, each in commands.items()),
    )


def first_line(command: Any) -> str:  # noqa: ANN401 — Typer carries its own click
    """What a command does, in a sentence."""
    return str(command.help or "").strip().split("\n\n", maxsplit=1)[0]


def one_command(name: str, command: Any) -> str:  # noqa: ANN401 — Typer carries its own click
    """A command with its arguments and options."""
    hints = get_type_hints(command.callback)
    given = [each for each in command.params if each.name in hints]
    rows = ((names(each), type_name(hints[each.name]), default(each), each.help or "") for each in given)
    return joined(f"## {name}", first_line(command), table(("Argument or option", "Type", "Default", "Meaning"), rows))


def names(parameter: Any) -> str:  # noqa: ANN401 — Typer carries its own click
    """How a parameter is written."""
    return code(parameter.name.upper()) if parameter.param_type_name == "argument" else codes(parameter.opts)


def type_name(hint: Any) -> str:  # noqa: ANN401 — a type hint
    """A type in a word."""
    text = getattr(hint, "__name__", str(hint)) if not hasattr(hint, "__args__") else str(hint)
    plain = text.replace("pathlib.", "").replace(" | None", "").replace("list[", "").replace("]", "")
    repeated = ", repeatable" if "list[" in text else ""
    return {"bool": "switch", "str": "text", "Path": "path", "int": "whole number", "float": "number"}.get(
        plain, plain
    ) + repeated


def default(parameter: Any) -> str:  # noqa: ANN401 — Typer carries its own click
    """What holds when a parameter is not given."""
    value = parameter.default
    if parameter.required:
        return "required"
    return "" if value in (None, "", False) or isinstance(value, list | Callable) else code("." if value == Path() else value)


def config(_registry: Registry) -> str:
    """The page about `dangol.yaml`."""
    schema = json_schema(Settings)
    sections = {"Settings": schema, **schema["$defs"]}
    return joined(
        "# dangol.yaml",
        "All settings of one company. A wrong file is reported with every problem at once, each with its line. "
        "`DANGOL__SECTION__KEY` in the environment wins over the file; passwords never stand in it, only the name of the "
        "environment variable that holds them. Editors complete and check with [dangol.schema.json](dangol.schema.json). "
        "A full example: [own data](../how-to/own-data.md).",
        *(one_section(name, section) for name, section in sections.items()),
    )


def one_section(name: str, section: Schema) -> str:
    """A section with its keys."""
    required = set(section.get("required", ()))
    rows = (
        (code(key), kind(each), "required" if key in required else shown_default(each), limits(each), each.get("description", ""))
        for key, each in section.get("properties", {}).items()
    )
    text = paragraphs(str(section.get("description", "")))
    return joined(f"## {name}", text, table(("Key", "Type", "Default", "Allowed", "Meaning"), rows))


def kind(each: Schema) -> str:
    """A key's type, with links to sections."""
    if "$ref" in each:
        target = str(each["$ref"]).rsplit("/", 1)[-1]
        return f"[{target}](#{target.lower()})"
    if "anyOf" in each:
        return " or ".join(dict.fromkeys(kind(part) for part in each["anyOf"] if part.get("type") != "null"))
    if each.get("type") == "array":
        return f"list of {kind(each.get('items', {}))}"
    if each.get("type") == "object":
        return f"map of {kind(each['additionalProperties'])}" if isinstance(each.get("additionalProperties"), dict) else "map"
    return {"string": "text", "integer": "whole number"}.get(str(each.get("type")), str(each.get("type", "any")))


def shown_default(each: Schema) -> str:
    """What holds when the key is absent."""
    value = each.get("default")
    return (
        code(json.dumps(value, ensure_ascii=False))
        if value not in (None, "", [], {}) and not isinstance(value, dict | list)
        else ""
    )


def limits(each: Schema) -> str:
    """Values a key may have."""
    parts: list[Schema] = [each, *each.get("anyOf", ()), each.get("items", {})]
    return ", ".join(limit for part in parts for limit in limits_of(part))


def limits_of(part: Schema) -> list[str]:
    """Values that one type allows."""
    enum = [codes(map(str, part["enum"]))] if "enum" in part else []
    ranges = [f"{sign} {part[name]:g}" for name, sign in SIGNS.items() if name in part]
    return [*enum, *ranges, *filter(None, [code(part.get("pattern", ""))])]


def errors(_registry: Registry) -> str:
    """The page about errors."""
    classes = error_classes()
    rows = (
        (
            code(name),
            classes[name].__name__,
            paragraphs(classes[name].__doc__ or ""),
            outcome.exit_status,
            outcome.http_status,
            TITLES.get(name, ""),
        )
        for name, outcome in OUTCOMES.items()
    )
    return joined(
        "# Errors",
        "Every error says what is wrong, where, and what to do; it never carries personal data. The command line prints it and "
        "ends with the exit status; the API answers with a problem document (RFC 9457) of type `urn:dangol:problem:<code>`.",
        table(("Code", "Class", "Meaning", "Exit status", "HTTP status", "Problem title"), rows),
    )


def error_classes() -> dict[str, type[DangolError]]:
    """The classes of errors by their codes."""
    declared = [each for each in vars(core_errors).values() if isinstance(each, type)]
    return {each.code: each for each in declared if issubclass(each, DangolError)}


def rest(registry: Registry) -> str:
    """The page about the API."""
    described = openapi(registry)
    paths = [(path, method, each) for path, methods in described["paths"].items() for method, each in methods.items()]
    return joined(
        "# REST API",
        "Read-only, under `/api/v1`; started by `dangol serve`. Money is sent as text so that it stays exact, moments in UTC "
        "with a Z. Errors are problem documents: [errors](errors.md). How to use it: [REST](../how-to/rest.md).",
        *(one_path(path, method, each) for path, method, each in paths),
        "# Shapes",
        *(one_section(name, each) for name, each in described["components"]["schemas"].items()),
    )


def openapi(registry: Registry) -> dict[str, Any]:
    """The API's own description; no data are needed for it."""
    company = Company(Path(), Settings.model_validate(SETTINGS), registry)
    service = FastAPI(title="dangol", version=dangol.__version__)
    service.include_router(api(company))
    return service.openapi()


def one_path(path: str, method: str, each: Schema) -> str:
    """A route with its parameters and what it returns."""
    rows = (parameter_row(given) for given in each.get("parameters", ()))
    good = next(found for status, found in each["responses"].items() if status.startswith("20"))
    answer = good["content"]["application/json"]["schema"]
    head = ("Parameter", "In", "Type", "Default", "Allowed", "Meaning")
    about = cell(each.get("description", ""))
    return joined(f"## {method.upper()} {path}", f"{about} Returns {kind(answer)}.", table(head, rows))


def parameter_row(given: Schema) -> tuple[str, ...]:
    """A parameter of a route."""
    schema: Schema = given["schema"]
    absent = "required" if given["required"] else shown_default(schema)
    about = str(given.get("description", schema.get("description", "")))
    return code(given["name"]), str(given["in"]), kind(schema), absent, limits(schema), about
