"""A cause that drives people away, planted on request: what happens to somebody, and who leaves over it.

Each cause leaves its own trace in what is delivered, one of the four groups of causes: price (an own discount ends), service (a
complaint that nobody answers for a month), loyalty (only the favourite category is bought any more), communication (the
newsletter is unsubscribed). Many are met, at moments of their own; most of them leave some weeks later.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dangol.simulate.clock import Flags, Floats, stream
from dangol.simulate.plan import Block, Plan

PRICE, SERVICE, LOYALTY, COMMUNICATION = "price", "service", "loyalty", "communication"
MET_SHARE, LEAVING_SHARE = 0.75, 0.7
SETTLED_DAYS, WAIT_DAYS = 45.0, 260.0
# Days from what happens to leaving: at least, and beyond that on average.
PATIENCE = {PRICE: (35.0, 20.0), SERVICE: (4.0, 18.0), LOYALTY: (90.0, 20.0), COMMUNICATION: (4.0, 18.0)}
OWN_DISCOUNT, NO_DISCOUNT = 0.75, 0.04
UNANSWERED_DAYS = 30.0


@dataclass(frozen=True)
class Grievance:
    """Whom the planted cause meets.

    Attributes:
        at: local day on which it happens to each person; infinite for who is never met.
        gone: local day on which they leave over it; infinite for who stays.
    """

    at: Floats
    gone: Floats


def make_grievance(plan: Plan, block: Block, acquired: Floats, has_mall: Flags) -> Grievance:
    """Who is met when, the same in every delivery; nobody where no cause is planted.

    Args:
        plan: names the cause.
        block: of the people.
        acquired: local days on which they became known.
        has_mall: who has a mall account; complaints and newsletters need one.
    """
    if not plan.cause:
        never = np.full(len(acquired), np.inf)
        return Grievance(never, never)
    rng = stream(plan.seed, 0, block.number, "cause")
    least, more = PATIENCE[plan.cause]
    met = (rng.random(len(acquired)) < MET_SHARE) & (has_mall | (plan.cause in (PRICE, LOYALTY)))
    at = np.where(met, acquired + SETTLED_DAYS + rng.exponential(WAIT_DAYS, len(acquired)), np.inf)
    leaves = rng.random(len(acquired)) < LEAVING_SHARE
    return Grievance(at, np.where(leaves, at + least + rng.exponential(more, len(acquired)), np.inf))
