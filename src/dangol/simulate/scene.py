"""What stands behind one block in one delivery: the company's fixed facts, the people, what they bought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dangol.simulate.baskets import Lines
from dangol.simulate.clock import Floats
from dangol.simulate.contact import Contact
from dangol.simulate.orders import Orders
from dangol.simulate.people import People
from dangol.simulate.plan import Block
from dangol.simulate.world import World


@dataclass(frozen=True)
class Scene:
    """A block's people with everything they did in the world's window."""

    world: World
    block: Block
    people: People
    contact: Contact
    orders: Orders
    lines: Lines

    def stream(self, name: str) -> np.random.Generator:
        """Random numbers of one purpose for this block and window."""
        return self.world.stream(self.block, name)

    @property
    def totals(self) -> Floats:
        """Net sales of each order, won."""
        found: Floats = np.bincount(self.lines.order, self.lines.net, len(self.orders)).astype(np.float64)
        return found
