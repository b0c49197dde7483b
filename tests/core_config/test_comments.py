"""Comments of a settings file stay where they belong when keys and items come and go, in both ways of writing lists."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.core.amend import writer
from dangol.core.comments import append, kept_below, merge, remove

BLOCK = """# top
shop: {name: a}   # who

# ours
list:
# first
- name: x   # beside x
  size: 1
# second
- name: y
  size: 2   # beside size

# below
plan:
  # inside
  one: 1   # beside one
  two: 2
# the end
"""
FLOW = """shop: {name: a}
list:   # ours
  - {name: x, size: 1}  # beside x
  # second
  - {name: y, size: 2}

# below
plan: {one: 1, two: 2}  # beside the plan

# the end
last: []
"""


def changed(text: str, change: Any) -> str:
    """The text after a change of its values."""
    kept = writer(text)
    values, after = kept.load(text), io.StringIO()
    change(values)
    kept.dump(values, after)
    return after.getvalue()


def add(values: Any) -> None:
    with kept_below(values, "list"):
        append(values["list"], {"name": "z", "size": 3})


def take_last(values: Any) -> None:
    with kept_below(values, "list"):
        remove(values["list"], 1)


def replan(values: Any) -> None:
    with kept_below(values, "plan"):
        merge(values["plan"], {"one": 7, "three": {"four": 4}})


@pytest.mark.parametrize(
    ("text", "change", "old", "new"),
    [
        (BLOCK, add, "# beside size\n", "# beside size\n- name: z\n  size: 3\n"),
        (BLOCK, take_last, "- name: y\n  size: 2   # beside size\n", ""),
        (BLOCK, lambda values: remove(values["list"], 0), "- name: x   # beside x\n  size: 1\n", ""),
        (BLOCK, replan, "  one: 1   # beside one\n  two: 2\n", "  one: 7   # beside one\n  three:\n    four: 4\n"),
        (BLOCK, lambda values: remove(values, "plan"), BLOCK[BLOCK.index("plan:") : BLOCK.index("# the end")], ""),
        (FLOW, add, "  - {name: y, size: 2}\n", "  - {name: y, size: 2}\n  - {name: z, size: 3}\n"),
        (FLOW, take_last, "  - {name: y, size: 2}\n", ""),
        (FLOW, lambda values: remove(values["list"], 0), "  - {name: x, size: 1}  # beside x\n", ""),
        (FLOW, lambda values: remove(values, "list"), FLOW[FLOW.index("list:") : FLOW.index("\n# below")], ""),
        (FLOW, lambda values: remove(values, "plan"), "plan: {one: 1, two: 2}  # beside the plan\n", ""),
    ],
)
def test_only_what_is_changed_changes(text: str, change: Any, old: str, new: str) -> None:
    assert old in text
    assert changed(text, change) == text.replace(old, new)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([BLOCK, FLOW]), st.lists(st.sampled_from(["add", "first", "last", "plan"]), max_size=6))
def test_any_changes_leave_a_file_that_says_what_was_changed(text: str, deeds: list[str]) -> None:
    names = ["x", "y"]
    for deed in deeds:
        if deed == "add":
            text = changed(text, add)
            names.append("z")
        elif deed == "plan":
            text = changed(text, replan)
        elif len(names) > 1:
            place = 0 if deed == "first" else len(names) - 1

            def take(values: Any, place: int = place) -> None:
                with kept_below(values, "list"):
                    remove(values["list"], place)

            text = changed(text, take)
            del names[place]
        read = writer(text).load(text)
        assert [each["name"] for each in read["list"]] == names
        assert all(comment in text for comment in ("# below", "# the end", "# second"))
    assert text.index("# below") < text.index("plan:") < text.index("# the end")
