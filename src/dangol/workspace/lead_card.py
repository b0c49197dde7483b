"""The card of lead scores, and what the leak finder found in words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dangol.core.text import Language, lookup
from dangol.core.text import to_translate as words
from dangol.workspace.predict import Card

LEFT_OUT, DOUBTFUL = "left_out", "doubtful"
VERDICTS: Mapping[str, str] = {LEFT_OUT: words("left out"), DOUBTFUL: words("doubtful, kept")}
REASONS: Mapping[str, str] = {
    "is_outcome": words("it is the outcome in other words"),
    "later_moments": words("its dates lie on or after the day of the outcome"),
    "decides": words("its values all but decide the outcome"),
    "filled_for_one": words("it is filled in for one outcome only"),
    "assessed": words("by its name it is what people or software think of the lead"),
    "latest": words("by its name it changes with every contact"),
    "written": words("by its name it is written down while somebody works on the lead"),
    "afterwards": words("by its name it speaks of how it ended"),
    "named_like_it": words("it is named after the outcome and goes closely with it"),
    "telling_gaps": words("whether it is filled in tells the outcome"),
    "dropped": words("the settings leave it out"),
}


@dataclass(frozen=True)
class LeadCard(Card):
    """The card of lead scores.

    Attributes:
        split: `time` where leads were judged on later time, `rows` where on others of the same time, for want of moments.
        leaks: findings of the leak finder, as JSON.
        fit, intent: columns learnt from that say who a lead is, and what it does.
        open: leads that are neither converted nor lost.
    """

    split: str = ""
    leaks: Sequence[Mapping[str, Any]] = ()
    fit: Sequence[str] = ()
    intent: Sequence[str] = ()
    open: int = 0

    @classmethod
    def read(cls, path: Path) -> LeadCard:
        """A card from its file."""
        found = cls.of(json.loads(path.read_text(encoding="utf-8")))
        assert isinstance(found, LeadCard)  # made of its own class
        return found


@dataclass(frozen=True)
class LeakRow:
    """A finding of the leak finder in words.

    Attributes:
        verdict: left out, or doubtful.
        why: its reasons.
        auc: how well the column alone ranks leads; `information` is the share of the uncertainty that it takes away.
        filled: share of leads with a value.
    """

    column: str
    verdict: str
    why: str
    auc: float | None
    information: float | None
    filled: float | None


def leak_rows(leaks: Sequence[Mapping[str, Any]], language: Language) -> list[LeakRow]:
    """Findings in words, in their order."""
    return [
        LeakRow(
            column=str(each["column"]),
            verdict=lookup(VERDICTS[each["verdict"]], language),
            why="; ".join(lookup(REASONS[reason], language) for reason in each["reasons"]),
            auc=each["figures"].get("auc"),
            information=each["figures"].get("information"),
            filled=each["figures"].get("filled"),
        )
        for each in leaks
    ]
