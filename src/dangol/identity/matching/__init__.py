"""One customer for each person: records of all systems matched without settings and without labels."""

from dangol.identity.matching.increment import Kept
from dangol.identity.matching.match import Matched, match_people
from dangol.identity.matching.model import Model
from dangol.identity.matching.scorer import PairScorer, Scored, Support

__all__ = ["Kept", "Matched", "Model", "PairScorer", "Scored", "Support", "match_people"]
