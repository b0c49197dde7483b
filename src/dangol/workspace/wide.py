"""The wide profile: features, scores, and where the settings give a reason what was inferred, side by side."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from sqlglot import exp

from dangol.core.declare import Output, Prediction
from dangol.core.engine import Duck
from dangol.core.tables import FACTS
from dangol.workspace.binding import Binder
from dangol.workspace.customers import INFERRED
from dangol.workspace.in_step import IN_STEP, put_in_step
from dangol.workspace.overruled import Overruled
from dangol.workspace.snapshot import SNAPSHOT

# Columns that say where a customer stands among others by the main score: nowhere, where people set it.
STANDINGS: Mapping[str, int] = {"_percentile": 100, "_permille": 1000}
INFERRED_PEOPLE = "inferred_people"


@dataclass(frozen=True)
class Scored:
    """The scores of a prediction, and those that people set themselves.

    Attributes:
        prediction: with its outputs, the main score first.
        path: Parquet file with customer_id, the outputs and `reasons`.
        said: the main score that people set, by customer.
    """

    prediction: Prediction
    path: Path
    said: Mapping[int, float]

    @property
    def table(self) -> str:
        """The view of the file."""
        return f"scores_{self.prediction.name}"

    def joined(self, duck: Duck, corrected: Collection[str] = ()) -> tuple[list[str], list[str]]:
        """What to select and what to join, of scores that are mounted; `corrected` are columns of `in_step.IN_STEP`."""
        names, reasons = list(self.prediction.outputs), f"{self.table}.reasons AS {self.prediction.name}_reasons"
        join = f"LEFT JOIN {self.table} USING (customer_id)"
        made = {
            name: f"coalesce({IN_STEP}.{name}, {self.table}.{name})" if name in corrected else f"{self.table}.{name}"
            for name in names
        }
        main, standings = names[0], {name: steps for name in names for end, steps in STANDINGS.items() if name.endswith(end)}
        if main in corrected:
            made |= {name: standing(made[main], steps) for name, steps in standings.items()}
        if not self.said:
            return [*(f"{made[name]} AS {name}" for name in names), reasons], [join]
        said = f"said_{self.prediction.name}"
        duck.register(
            said, pa.table({"customer_id": pa.array(self.said, pa.int64()), "said": pa.array(self.said.values(), pa.float64())})
        )
        made |= {name: f"CASE WHEN {said}.said IS NULL THEN {made[name]} END" for name in standings}
        made[main] = f"coalesce({said}.said, {made[main]})"
        own = f"CASE WHEN {said}.said IS NULL THEN {self.table}.reasons ELSE '' END AS {self.prediction.name}_reasons"
        return [*(f"{made[name]} AS {name}" for name in names), own], [join, f"LEFT JOIN {said} USING (customer_id)"]


def standing(chance: str, steps: int) -> str:
    """Where a chance stands among all, from 1 to `steps`, equals counted half; missing without one."""
    equals = f"OVER (PARTITION BY {chance} IS NULL ORDER BY {chance})"
    below, all_chances = f"(rank() {equals} - 1 + count({chance}) {equals})", f"count({chance}) OVER ()"
    share = f"CAST({below} AS DOUBLE) / (2 * {all_chances})"
    return f"CASE WHEN {chance} IS NOT NULL THEN CAST(greatest(ceil({steps} * {share}), 1) AS BIGINT) END"


def scored(prediction: Prediction, path: Path, overruled: Overruled) -> Scored:
    """The scores of a prediction with what people set."""
    return Scored(prediction, path, overruled.standing(next(iter(prediction.outputs))))


def widen(duck: Duck, features: Path, scores: list[Scored], inferred: Mapping[str, Output]) -> dict[str, Output]:
    """Make the snapshot's table `profile`; returns the columns that it has beside features.

    Args:
        duck: with the snapshot attached.
        features: the profile without scores.
        scores: of the predictions that gave any.
        inferred: columns of `inferred_people`, see `inferred_columns`.
    """
    duck.view("features", features)
    parts, joins = ["features.*"], []
    for each in scores:
        duck.view(each.table, each.path)
    corrected = put_in_step(duck, [(each.table, each.prediction) for each in scores])
    if corrected:
        joins.append(f"LEFT JOIN {IN_STEP} USING (customer_id)")
    for each in scores:
        selected, joined = each.joined(duck, corrected)
        parts += selected
        joins += joined
    if inferred:
        parts += list(inferred)
        joins.append(f"LEFT JOIN {INFERRED_PEOPLE} USING (customer_id)")
    duck.create(f"{SNAPSHOT}.profile", f"SELECT {', '.join(parts)} FROM features {' '.join(joins)} ORDER BY customer_id")
    duck.define("profile", f"SELECT * FROM {SNAPSHOT}.profile")
    return {name: output for each in scores for name, output in each.prediction.outputs.items()} | dict(inferred)


def inferred_columns(duck: Duck, binder: Binder) -> dict[str, Output]:
    """What was inferred about people, as columns for rules, in the table `inferred_people`; nothing where nothing was."""
    if not binder.facts.present.get("people", frozenset()) >= INFERRED:
        return {}
    known = exp.Subquery(this=binder.facts.cut(binder.as_of, ["people"])["people"], alias="people")
    duck.define(INFERRED_PEOPLE, exp.select("customer_id", *sorted(INFERRED)).from_(known))
    columns = [FACTS["people"].by_name[name] for name in sorted(INFERRED)]
    return {each.name: Output(each.kind, each.ko, each.en, each.name) for each in columns}
