"""A company with known truth after a whole run, and blocks of customers to learn from."""

from __future__ import annotations

import numpy as np
import pytest

from dangol.core.declare import Block
from dangol.core.engine import Duck
from dangol.simulate import Plan, simulate
from dangol.workspace.binding import Binder
from dangol.workspace.company import Company
from dangol.workspace.matrix import Learner, moments


@pytest.fixture(scope="session")
def known(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """A run on 3,000 invented people."""
    base = tmp_path_factory.mktemp("known")
    simulate(base, Plan(customers=3_000, seed=21, korean=False, event_volume=0.2))
    company = Company.open(base)
    company.run()
    return company


@pytest.fixture(scope="session")
def learner(known: Company) -> Learner:
    """What makes blocks of the company."""
    snapshot = known.snapshot
    duck = Duck(memory_limit="1GB", threads=1)
    snapshot.facts.mount(duck)
    first = duck.value("select min(ordered_at) from facts_orders")
    binder = Binder(snapshot.facts, snapshot.as_of, known.settings.company.zone)
    return Learner(duck, binder, list(known.registry.features.values()), first)


@pytest.fixture(scope="session")
def blocks(known: Company, learner: Learner) -> dict[str, list[Block]]:
    """Blocks of each prediction: the past ones, and the latest to be judged on."""
    made = {}
    for name, card in known.cards().items():
        if card.judgement is None:
            continue
        predictor = known.registry.predictions[name].model()
        horizon = card.horizon_days
        times = moments(learner.first, learner.binder.as_of, horizon, predictor.snapshots)
        made[name] = [learner.block(learner.binder, predictor, at, horizon) for at in (*times.training, times.validation)]
    return made


@pytest.fixture
def changed():
    """A block with some columns or labels put in place of its own."""

    def change(block: Block, columns=None, labels=None, keep=slice(None)) -> Block:
        wide = {**block.columns, **(columns or {})}
        return Block(
            block.customer_id[keep],
            {name: np.asarray(values)[keep] for name, values in wide.items()},
            {name: np.asarray(values)[keep] for name, values in {**block.labels, **(labels or {})}.items()},
            block.cutoff,
            block.horizon_days,
            block.history_days,
        )

    return change
