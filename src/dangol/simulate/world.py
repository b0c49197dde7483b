"""What holds for all people of the invented company in one delivery."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dangol.simulate.catalogue import Catalogue, make_catalogue
from dangol.simulate.clock import Season, local_day, stream
from dangol.simulate.plan import Block, Plan, Window

AHEAD_DAYS = 800


@dataclass(frozen=True)
class World:
    """The plan, what is sold, the calendar and the stretch of time being delivered."""

    plan: Plan
    catalogue: Catalogue
    season: Season
    window: Window

    def stream(self, block: Block, name: str) -> np.random.Generator:
        """Random numbers of one purpose for a block and this window."""
        return stream(self.plan.seed, self.window.delivery, block.number, name)

    def fixed_stream(self, block: Block, name: str) -> np.random.Generator:
        """Random numbers of one purpose for a block, the same in every delivery."""
        return stream(self.plan.seed, 0, block.number, name)


def make_world(plan: Plan, window: Window) -> World:
    """The company's world over a window and two years beyond it."""
    season = Season(local_day(plan.start), window.stop + AHEAD_DAYS)
    return World(plan, make_catalogue(plan.seed), season, window)
