"""The card of lead scores, and what the leak finder found in words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dangol.core.declare import Output
from dangol.core.tables import FACTS
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

# What models and rules are called where they are about leads; all others as everywhere.
MODELS: Mapping[str, str] = {
    "boosted": words("boosted trees"),
    "base_rate": words("the same for every lead"),
    "recency_rule": words("rule by how long nothing was heard of it"),
}
KNOWN_DAYS = words("Days since the lead came")


@dataclass(frozen=True)
class LeadCard(Card):
    """The card of lead scores.

    Attributes:
        split: `time` where leads were judged on later time, `rows` where on others of the same time, for want of moments.
        fit, intent: columns learnt from that say who a lead is, and what it does.
        open: leads that are neither converted nor lost.
    """

    split: str = ""
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


def column_title(name: str, features: Mapping[str, Output], language: Language) -> str:
    """What a column that lead scores look at is called: ours by their titles, delivered ones by their headers.

    Args:
        name: as the score knows it.
        features: columns of the profile by name.
        language: of the reader.
    """
    if name == "known_days":
        return lookup(KNOWN_DAYS, language)
    ours = features.get(name) or FACTS["leads"].by_name.get(name) or FACTS["accounts"].by_name.get(name)
    return ours.title(language) if ours else name
