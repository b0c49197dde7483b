"""A call that cannot be understood, in our words and the caller's language instead of the parser's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import typer

from dangol.core.errors import ConfigError, Told, told
from dangol.core.text import to_translate as words

# Typer carries its own parser and shows of its errors only this one; what it derives from is what they all are
UsageError = cast("type[Exception]", typer.BadParameter.__mro__[1])
HELP = "NoArgsIsHelpError"  # not an error: help is printed
WRONG = "Invalid value for (?P<name>.+?): "
SAID = (
    (r"Missing (?:option|argument|parameter) (?P<name>.+?)\.?", words("{name} is missing")),
    (r"No such option: (?P<name>\S+).*", words("unknown option {name}")),
    (r"No such command (?P<name>'.*?').*", words("unknown command {name}")),
    (r"Option (?P<name>.+) requires (?:an argument|\d+ arguments)\.", words("option {name} needs a value")),
    (r"Option (?P<name>.+) does not take a value\.", words("option {name} takes no value")),
    (r"Got unexpected extra argument\S* \((?P<found>.*)\)", words("more than this command takes: {found}")),
    (rf"{WRONG}.* (?:less|greater) than or equal to (?P<limit>.*)", words("the value of {name} is beyond the limit of {limit}")),
    (rf"{WRONG}.*integer.*", words("the value of {name} is not a whole number")),
    (rf"{WRONG}.*number.*", words("the value of {name} is not a number")),
    (r"Missing command\.", words("a command is missing")),
    (r"(?P<problem>.*)", words("the command cannot be read: {problem}")),
)  # fmt: skip


@contextmanager
def understood(lang: str = "") -> Iterator[None]:
    """Whatever the parser refuses within, as one of our errors.

    Args:
        lang: the language that the call asks for, the environment's when empty.

    Raises:
        ConfigError: what was typed wrongly, and where help is.
    """
    try:
        yield
    except UsageError as problem:
        if type(problem).__name__ == HELP:
            raise
        from dangol.faces.cli.console import terminal  # nothing is imported until something goes wrong

        terminal.speak(lang)
        raise misused(problem) from problem


def misused(problem: Any) -> ConfigError:  # noqa: ANN401 — the parser's own error
    """A refusal of the parser as an error of ours."""
    message = " ".join(problem.format_message().split())
    found = ((template, re.fullmatch(pattern, message)) for pattern, template in SAID)
    what = next(Told(template, match.groupdict()) for template, match in found if match)
    command = problem.ctx.command_path if problem.ctx else "dangol"
    return ConfigError(what, hint=told("help: {command}", command=f"{command} --help"))
