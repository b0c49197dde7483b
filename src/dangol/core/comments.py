"""Comments of a settings file, kept where they belong when keys come and go.

Readers of YAML hang whatever stands below a value on that value, though people write a comment above what it is about. So what
stands below a section is taken off before the section changes, and put below it again afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import CommentMark
from ruamel.yaml.tokens import CommentToken

Node = CommentedMap | CommentedSeq
Same = Callable[[Mapping[str, Any]], bool]
FIELDS = 4  # a comment's places around a key: of the key, before it, beside the value, after it
BEFORE, OF_ITEM, BESIDE = 1, 0, 2


@contextmanager
def kept_below(node: Any, key: str | int) -> Iterator[None]:  # noqa: ANN401 — what the reader gives is of no type
    """What stands below a section stays below it, whatever is added to it or taken from its end; the section itself must stay."""
    below = taken(node, key)
    yield
    put_below(node, key, below)


def remove(node: Any, key: str | int) -> None:  # noqa: ANN401 — as above
    """Take a key or an item away; the comments around it stay for what follows."""
    keys = keys_of(node)
    above = node.ca.items.get(key, [None] * FIELDS)[BEFORE] or []
    around = "".join(f"{' ' * each.start_mark.column}{each.value}" for each in above) + taken(node, key)
    place = keys.index(key)
    del node[key]
    if not around or not len(node):
        return
    if place:
        put_below(node, keys[place - 1], around)
    else:
        entry = node.ca.items.setdefault(keys_of(node)[0], [None] * FIELDS)
        entry[BEFORE] = [CommentToken(around, CommentMark(0), None), *(entry[BEFORE] or [])]


def merge(node: Any, wanted: Mapping[str, Any]) -> None:  # noqa: ANN401 — as above
    """Make a section say what is wanted and no more; what it says already stays as it is written."""
    for key in [each for each in node if each not in wanted]:
        remove(node, key)
    for key, value in wanted.items():
        if isinstance(value, Mapping) and isinstance(node.get(key), CommentedMap):
            with kept_below(node, key):
                merge(node[key], value)
        elif key not in node or node[key] != value:
            node[key] = written(value)


def put_item(values: Any, section: str, line: Mapping[str, Any], same: Same) -> None:  # noqa: ANN401 — as above
    """Write a line into a list of the settings: in place of those that are the same thing, else below the others."""
    if not values.get(section):
        values[section] = written([])
    listed = values[section]
    places = [place for place, each in enumerate(listed) if same(each)]
    with kept_below(values, section):
        if places:
            merge(listed[places[0]], line)
        else:
            append(listed, line)
        for place in reversed(places[1:]):
            remove(listed, place)


def drop_items(values: Any, section: str, same: Same) -> None:  # noqa: ANN401 — as above
    """Take lines out of a list of the settings, and with the last one the list."""
    listed = values.get(section, [])
    places = [place for place, each in enumerate(listed) if same(each)]
    if places and len(places) == len(listed):
        remove(values, section)
    elif places:
        with kept_below(values, section):
            for place in reversed(places):
                remove(listed, place)


def append(items: Any, value: Mapping[str, Any]) -> None:  # noqa: ANN401 — as above
    """Add an item to a list, on one line where the item before it is."""
    new = written(value)
    if items and isinstance(items[-1], CommentedMap) and items[-1].fa.flow_style():
        new.fa.set_flow_style()
    items.append(new)


def written(value: Any) -> Any:  # noqa: ANN401 — as above
    """A value as new lines of the file."""
    if isinstance(value, Mapping):
        return CommentedMap({key: written(each) for key, each in value.items()})
    return CommentedSeq([written(each) for each in value]) if isinstance(value, list) else value


def taken(node: Node, key: str | int) -> str:
    """The lines below a value, taken off it; the comment on its own line stays with it."""
    token, below = token_of(node, key), ""
    if token is not None:
        own, _, below = token.value.partition("\n")
        token.value = f"{own}\n" if below else token.value
    for section in reversed(sections_of(node, key)):
        below += "".join(each.value for each in section.ca.end)
        section.ca.end.clear()
    return below


def put_below(node: Node, key: str | int, lines: str) -> None:
    """Put lines below a value and whatever stands below it already."""
    lines = taken(node, key) + lines
    token = token_of(node, key)
    if token is not None:
        token.value = (token.value or "\n") + lines
    elif lines:
        new = CommentToken(f"\n{lines}", CommentMark(0), None)
        holder, last = last_leaf(node, key)
        holder.ca.items.setdefault(last, [None] * FIELDS)[beside(holder)] = new
        if isinstance(holder[last], Node):
            holder[last].ca.comment = [new, None]


def token_of(node: Node, key: str | int) -> Any:  # noqa: ANN401 — as above
    """The comment beside and below a value; None where there is none."""
    holder, last = last_leaf(node, key)
    inner = holder[last].ca.comment if isinstance(holder[last], Node) else None
    return holder.ca.items.get(last, [None] * FIELDS)[beside(holder)] or (inner or [None])[0]


def beside(holder: Node) -> int:
    """Where the comment beside a value is among those around its key."""
    return OF_ITEM if isinstance(holder, CommentedSeq) else BESIDE


def last_leaf(node: Node, key: str | int) -> tuple[Node, str | int]:
    """Where the last line of a value is: the section that holds it, and its key there."""
    sections = sections_of(node, key)
    return (sections[-1], keys_of(sections[-1])[-1]) if sections else (node, key)


def sections_of(node: Node, key: str | int) -> list[Node]:
    """The value itself and the last section within it, and so on, as far as they have lines of their own."""
    found: list[Node] = []
    value = node[key]
    while isinstance(value, Node) and len(value) and not value.fa.flow_style():
        found.append(value)
        value = value[keys_of(value)[-1]]
    return found


def keys_of(node: Node) -> list[Any]:
    """Keys of a section, places of a list."""
    return list(node) if isinstance(node, CommentedMap) else list(range(len(node)))
