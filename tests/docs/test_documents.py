"""Documents hold together: links lead somewhere, Korean twins follow their originals, nothing says more than once."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from tests.docs.conftest import BLOCK, REPOSITORY, documents

LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^(?P<level>#+) (?P<title>.+)$", re.MULTILINE)
TWINS = [path for path in documents() if path.name.endswith(".ko.md")]
HANGUL = re.compile(r"[가-힣]")
LARGEST_PICTURE = 300 * 1024


def anchors(path: Path) -> set[str]:
    """The addresses of a document's headings, as GitHub makes them."""
    titles = [found["title"] for found in HEADING.finditer(BLOCK.sub("", path.read_text(encoding="utf-8")))]
    plain = [re.sub(r"[`*]", "", title).lower() for title in titles]
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in plain}


def links(path: Path) -> list[str]:
    """Where a document leads, outside addresses left out."""
    text = BLOCK.sub("", path.read_text(encoding="utf-8"))
    return [found["target"] for found in LINK.finditer(text) if not found["target"].startswith("http")]


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_links_lead_somewhere(path: Path) -> None:
    broken = []
    for target in links(path):
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        if not there.exists() or (anchor and there.suffix == ".md" and anchor not in anchors(there)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("korean", TWINS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_korean_twins_follow_their_original(korean: Path) -> None:
    original = korean.with_name(korean.name.replace(".ko.md", ".md"))
    ours, theirs = korean.read_text(encoding="utf-8"), original.read_text(encoding="utf-8")
    assert [len(found["level"]) for found in HEADING.finditer(BLOCK.sub("", ours))] == [
        len(found["level"]) for found in HEADING.finditer(BLOCK.sub("", theirs))
    ]
    assert len(BLOCK.findall(ours)) == len(BLOCK.findall(theirs))
    assert len(HANGUL.findall(ours)) > 300


def test_there_are_korean_twins() -> None:
    assert {path.name for path in TWINS} >= {"README.ko.md", "start.ko.md", "run-a-programme.ko.md"}


def test_long_sentences_stand_in_one_place_only() -> None:
    seen: Counter[str] = Counter()
    for path in documents():
        if "reference" in path.parts:
            continue
        text = BLOCK.sub("", path.read_text(encoding="utf-8"))
        sentences = {" ".join(part.split()) for part in re.split(r"(?<=[.다])\s+(?=[A-Z가-힣])", text)}
        seen.update(sentence for sentence in sentences if len(sentence) > 90)
    assert [sentence for sentence, times in seen.items() if times > 1] == []


def test_pictures_are_small() -> None:
    large = [path.name for path in (REPOSITORY / "docs" / "images").glob("*") if path.stat().st_size > LARGEST_PICTURE]
    assert large == []
