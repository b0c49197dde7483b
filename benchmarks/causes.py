"""Do causes come out? Planted causes of leaving, and reasons under bootstrap: `python benchmarks/causes.py --companies 20`.

Causes: in each invented company (2,000 customers, two years) one of four causes drives people away beside their own nature: their
discount ends, a complaint goes unheard, they come for one category only, they unsubscribe. Question K2 ranks signs of leaving by
the lower end of their effect; counted is how often a sign of the planted cause is among its first three, and first.

Reasons: the churn model is refitted twenty times on customers drawn anew with replacement (whole customers, over all moments).
Counted is how often the reasons that matter, those among the first three that weigh a twentieth of all or more, are the same as
those of the model itself; beside it the first three whatever they weigh, and how many customers keep their own strongest reason.
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import datetime
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import yaml

from dangol.core.declare import Block
from dangol.core.engine import Duck
from dangol.predictions.churn import Churn
from dangol.simulate import Plan, simulate
from dangol.simulate.plan import CAUSES
from dangol.workspace.binding import Binder
from dangol.workspace.company import Company
from dangol.workspace.matrix import Learner, moments

END = datetime(2026, 10, 31, 15)
OFF = ("churn", "lifetime_value", "second_order", "repurchase_30", "repurchase_90", "first_order", "next_order")
FIRST, MATTERS = 3, 0.05


def invented(base: Path, seed: int, cause: str, customers: int) -> Company:
    """An invented company that answers K2 alone; its churn model is fitted apart."""
    simulate(base, Plan(customers=customers, seed=seed, korean=False, event_volume=0, message_volume=1, cause=cause))
    settings = yaml.safe_load((base / "dangol.yaml").read_text(encoding="utf-8"))
    settings["predictions"] = {name: {"active": False} for name in OFF}
    (base / "dangol.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8")
    company = Company.open(base)
    asked = company.registry.find_question("K2")
    company.registry.__dict__.update(questions={asked.name: asked})
    company.run(as_of=END)
    return company


def signs(company: Company) -> list[dict[str, object]]:
    """The rows of K2, the clearest first."""
    _, answer = company.ask("K2")
    names = [column[0] for column in answer.columns]
    return [dict(zip(names, row, strict=True)) for row in answer.rows]


def blocks_of(company: Company) -> list[Block]:
    """Customers at the moments that the churn model learns from, and at the one it is judged at."""
    snapshot, model = company.snapshot, Churn.model()
    duck = Duck(memory_limit="1GB", threads=1)
    snapshot.facts.mount(duck)
    binder = Binder(snapshot.facts, snapshot.as_of, company.settings.company.zone)
    first = duck.value("select min(ordered_at) from facts_orders")
    learner = Learner(duck, binder, list(company.registry.features.values()), first)
    lapse = float(snapshot.duck.cursor().value("select max(lapse_days) from profile"))
    horizon = model.horizon_days({"lapse_days": lapse, "history_days": (binder.as_of - first).days})
    times = moments(first, binder.as_of, horizon, model.snapshots)
    return [learner.block(binder, model, at, horizon) for at in (*times.training, times.validation)]


def learnt(blocks: list[Block]) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """How much each reason weighs in a churn model learnt from all moments but the last and judged there, and its reasons."""
    model = Churn.model()
    model.fit(blocks[:-1])
    return dict(model.judge(blocks[-1]).importance), model.reasons(model.fitted().look(blocks[-1]))


def top(found: dict[str, float], least: float = 0.0) -> frozenset[str]:
    """The reasons that weigh most, of those that weigh at least a share of all."""
    whole = sum(found.values())
    return frozenset(name for name in sorted(found, key=lambda name: -found[name])[:FIRST] if found[name] >= least * whole)


def strongest(reasons: dict[str, np.ndarray], customers: np.ndarray) -> dict[int, str]:
    """Each customer's strongest reason."""
    names = np.array(list(reasons))
    moved = np.abs(np.column_stack(list(reasons.values())))
    return dict(zip(customers.tolist(), names[moved.argmax(axis=1)].tolist(), strict=True))


def drawn(blocks: list[Block], rng: np.random.Generator) -> list[Block]:
    """The same moments with customers drawn anew: whoever is drawn twice counts twice at every moment."""
    known = np.unique(np.concatenate([block.customer_id for block in blocks]))
    times = np.bincount(rng.integers(0, len(known), len(known)), minlength=len(known))
    return [block.where(np.repeat(np.arange(len(block)), times[np.searchsorted(known, block.customer_id)])) for block in blocks]


def stability(company: Company, refits: int) -> tuple[float, float, float, frozenset[str]]:
    """Shares of refits with the same reasons that matter and the same first three, and of customers with the same strongest."""
    blocks = blocks_of(company)
    weights, reasons = learnt(blocks)
    own, rng, rows = strongest(reasons, blocks[-1].customer_id), np.random.default_rng(0), []
    for _ in range(refits):
        again = drawn(blocks, rng)
        other, moved = learnt(again)
        kept = [own[customer] == name for customer, name in strongest(moved, again[-1].customer_id).items()]
        rows.append((top(other, MATTERS) == top(weights, MATTERS), top(other) == top(weights), np.mean(kept)))
    matter, first, customers = np.mean(rows, axis=0)
    return float(matter), float(first), float(customers), top(weights, MATTERS)


def main() -> None:
    """Print a row for each company, and what they come to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--companies", type=int, default=20)
    parser.add_argument("--first", type=int, default=501)
    parser.add_argument("--customers", type=int, default=2_000)
    parser.add_argument("--refits", type=int, default=20)
    parser.add_argument("--refitted", type=int, default=4, help="companies whose churn model is refitted")
    given = parser.parse_args()
    found, stable = [], []
    for number, cause in enumerate(islice(cycle(CAUSES[1:]), given.companies)):
        with tempfile.TemporaryDirectory() as folder:
            company = invented(Path(folder) / "company", given.first + number, cause, given.customers)
            rows = signs(company)
            groups = [str(row["cause_group"]) for row in rows]
            found.append((cause in groups[:FIRST], cause == groups[0] if groups else False))
            said = ", ".join(f"{row['indicator']} {row['effect']:+.2f} ({row['effect_low']:+.2f})" for row in rows[:FIRST])
            again = ""
            if number < given.refitted:
                stable.append(stability(company, given.refits))
                matter, first, customers, names = stable[-1]
                again = f"   same reasons {matter:.2f} ({', '.join(sorted(names))}), three {first:.2f}, customers {customers:.2f}"
            print(f"{given.first + number:>4}  {cause:14}{'yes' if found[-1][0] else 'NO':4} {said}{again}", flush=True)
    among, first = np.array(found).mean(axis=0)
    print(f"planted cause among the first three {among:.2f}, first {first:.2f}; of {len(found)} companies")
    if stable:
        matter, first, customers = np.mean([each[:3] for each in stable], axis=0)
        print(f"{len(stable)} companies: same reasons that matter in {matter:.2f} of refits, same first three in {first:.2f}")
        print(f"customers with the same strongest reason {customers:.2f}")


if __name__ == "__main__":
    main()
