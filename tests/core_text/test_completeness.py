"""The catalogue is complete: every wording that code and pages translate is there in Korean, and nothing else.

A failure lists every gap, one line each. The check itself is tested below on small catalogues with one gap each.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from jinja2.ext import babel_extract

import dangol
from dangol.core.errors import DangolError, SourceError
from dangol.core.text import placeholders
from dangol.core.text.catalogue import CATALOGUE, read_catalogue
from dangol.workspace.registry import discover

SOURCES = Path(dangol.__file__).parent
# wordings that are the same in both languages
SAME_IN_KOREAN = frozenset({"API", "BG/NBD", "CSV", "JSON", "PDF", "PNG", "SQL", "Excel", "KO", "EN"})

_MARKING = frozenset({"translate", "lookup", "to_translate", "words", "say", "told"})  # tables import to_translate as words
_HANGUL = re.compile(r"[가-힣]")
_WORDS = re.compile(r"[A-Za-z]{2,}")
_KEY = re.compile(r'^msgid "(.+)"$', re.MULTILINE)


def used_messages(sources: Path = SOURCES) -> dict[str, str]:
    """The wordings that code and pages ask a translation for, with the place of their first use."""
    found: dict[str, str] = {}
    for path in sorted(sources.rglob("*.py")):
        for line, message in _in_python(path):
            found.setdefault(message, f"{path.relative_to(sources)}:{line}")
    for path in sorted((sources / "faces").rglob("templates/**/*.*")):
        for line, message in _in_page(path):
            found.setdefault(message, f"{path.relative_to(sources)}:{line}")
    if sources == SOURCES:
        found.update({declaration.summary: declaration.file.name for declaration in discover().declarations})
    return found


def catalogue_problems(sources: Path = SOURCES, catalogue: Path = CATALOGUE) -> list[str]:
    """What a Korean reader would stumble over, one line each; empty when the catalogue is complete."""
    used = used_messages(sources)
    messages = {str(message.id): message for message in read_catalogue(catalogue) if message.id}
    missing = [f"missing: {message!r} ({place})" for message, place in used.items() if message not in messages]
    unused = [f"unused: {message!r}" for message in messages if message not in used]
    keys = Counter(_KEY.findall(catalogue.read_text(encoding="utf-8")))
    double = [f"twice: {key!r}" for key, times in keys.items() if times > 1]
    wrong = [f"{fault}: {key!r}" for key, message in messages.items() for fault in _faults(message)]
    return missing + unused + double + wrong


def _faults(message: Message) -> Iterator[str]:
    key, korean = str(message.id), str(message.string)
    if message.fuzzy:
        yield "fuzzy"
    if not korean:
        yield "empty"
        return
    wordless = not _WORDS.search(re.sub(r"\{.*?\}", "", key))
    if not (_HANGUL.search(korean) or key in SAME_IN_KOREAN or wordless):
        yield f"no Hangul in {korean!r}"
    try:
        if placeholders(korean) != placeholders(key):
            yield f"other placeholders in {korean!r}"
    except DangolError as error:
        yield str(error)


def _in_python(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Call) and node.args and _called(node.func) in _MARKING:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield node.lineno, first.value


def _called(function: ast.expr) -> str:
    return getattr(function, "id", "") or getattr(function, "attr", "")


def _in_page(path: Path) -> Iterator[tuple[int, str]]:
    with path.open("rb") as file:
        for line, _, message, _ in babel_extract(file, ["_"], [], {"silent": "false"}):
            first = message if isinstance(message, str) else next(iter(message or ()), None)
            if first:
                yield line, first


HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


def test_every_wording_of_the_product_is_there_in_korean() -> None:
    problems = catalogue_problems()
    assert not problems, "\n".join(problems)


def problems_of(folder: Path, code: str, catalogue: str) -> list[str]:
    (folder / "code.py").write_text(code, encoding="utf-8")
    (folder / "dangol.po").write_text(HEADER + catalogue, encoding="utf-8")
    return catalogue_problems(folder, folder / "dangol.po")


@pytest.mark.parametrize(
    ("code", "catalogue", "expected"),
    [
        ('translate("Save", "ko")', "", ["missing: 'Save' (code.py:1)"]),
        ('text.lookup("Save", "ko")', 'msgid "Save"\nmsgstr "저장"\n', []),
        ('to_translate("Save")', 'msgid "Save"\nmsgstr ""\n', ["empty: 'Save'"]),
        ('translate("Save")', '#, fuzzy\nmsgid "Save"\nmsgstr "저장"\n', ["fuzzy: 'Save'"]),
        ('translate("Save")', 'msgid "Save"\nmsgstr "Save"\n', ["no Hangul in 'Save': 'Save'"]),
        ('translate("CSV")', 'msgid "CSV"\nmsgstr "CSV"\n', []),
        ('translate("{n:count} %")', 'msgid "{n:count} %"\nmsgstr "{n:count}%"\n', []),
        ("", 'msgid "Old"\nmsgstr "낡음"\n', ["unused: 'Old'"]),
        ('translate("{n} a")', 'msgid "{n} a"\nmsgstr "{m} 개"\n', ["other placeholders in '{m} 개': '{n} a'"]),
        ('translate("A b")', 'msgid "A b"\nmsgstr "가"\n\nmsgid "A b"\nmsgstr "나"\n', ["twice: 'A b'"]),
        ('translate(name, "ko")', "", []),
    ],
)
def test_gaps_are_named(tmp_path: Path, code: str, catalogue: str, expected: list[str]) -> None:
    assert problems_of(tmp_path, code, catalogue) == expected


def test_a_broken_korean_placeholder_is_named(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, 'translate("{n} a")', 'msgid "{n} a"\nmsgstr "{n 개"\n')
    assert "broken template" in problem


def test_pages_are_read_too(tmp_path: Path) -> None:
    pages = tmp_path / "faces" / "web" / "templates" / "parts"
    pages.mkdir(parents=True)
    (pages / "a.html").write_text('<p title="{{ _("Close") }}">\n{{ _("Hi {name}", name=x) }} {{ _(other) }}</p>')
    assert used_messages(tmp_path) == {
        "Close": "faces/web/templates/parts/a.html:1",
        "Hi {name}": "faces/web/templates/parts/a.html:2",
    }


def test_an_unreadable_catalogue_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nothing\.po"):
        read_catalogue(tmp_path / "nothing.po")
