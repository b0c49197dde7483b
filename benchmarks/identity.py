"""How well records are joined into customers: one call without settings for every set, and Splink beside it in the same run.

    python benchmarks/identity.py                        Korean customers, FEBRL 1 to 3, fake_1000
    python benchmarks/identity.py --sets korean fake     some of them
    python benchmarks/identity.py --million 1000000      invented Korean records: time, memory, and one more per cent the next day

Every line is a process of its own, so that seconds (processor time) and peak memory are its own. F1 is over pairs of records that
ended as one customer. "best" is the highest F1 any cut would have given, found with the truth that only the scoring here reads.
Splink 5 runs with the settings of its tutorials: for Korean the raw columns, and once more our standardised columns; for FEBRL it
may use the social security number, which ours is not given. Data lie in ../shared/data or in --data.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import logging
import resource
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from dangol.core.engine import Duck
from dangol.identity.matching import Matched, match_people
from dangol.identity.standard import standard_people
from korean_records import records

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
Truth = np.ndarray
CUTS = np.arange(-10.0, 10.5, 1.0)

KOREAN = """
    select record_id as customer_ref, r.source as "system", r.name as customer_name, phone, email, birth as birth_date, gender,
           zip as postcode, address, person_id as truth
    from read_parquet('{data}/korean_er_dev/records.parquet') r
    join read_parquet('{data}/korean_er_dev/truth.parquet') using (record_id) order by record_id"""
FEBRL = """
    select rec_id as customer_ref, 'febrl' as "system", given_name, surname as family_name, date_of_birth as birth_date,
           concat_ws(' ', street_number, address_1, address_2) as address, suburb as city, postcode, state as region,
           street_number, soc_sec_id, cast(split_part(rec_id, '-', 2) as bigint) as truth
    from read_parquet('{data}/febrl/dataset{number}.parquet') order by rec_id"""
FAKE = """
    select cast(unique_id as varchar) as customer_ref, 'fake' as "system", first_name as given_name, surname as family_name,
           dob as birth_date, city, email, cluster as truth
    from read_parquet('{data}/splink_sets/fake_1000.parquet') order by unique_id"""
SETS = {
    "korean": KOREAN,
    "febrl1": FEBRL.replace("{number}", "1"),
    "febrl2": FEBRL.replace("{number}", "2"),
    "febrl3": FEBRL.replace("{number}", "3"),
    "fake": FAKE,
}


def loaded(name: str, data: Path) -> tuple[pa.Table, Truth]:
    """Records of a set, and the person of each."""
    table = duckdb.sql(SETS[name].replace("{data}", str(data))).to_arrow_table()
    return table.drop_columns(["truth"]), table["truth"].to_numpy()


def pairs_in(*labels: np.ndarray) -> int:
    """Pairs of records that agree in every labelling."""
    _, count = np.unique(np.column_stack(labels), axis=0, return_counts=True)
    return int((count * (count - 1) // 2).sum())


def scored(found: np.ndarray, truth: Truth) -> dict[str, float]:
    """Precision, recall and F1 over pairs."""
    both, ours, true = pairs_in(found, truth), pairs_in(found), pairs_in(truth)
    return {"precision": both / max(ours, 1), "recall": both / true, "f1": 2 * both / (ours + true)}


def ours(name: str, data: Path) -> dict[str, Any]:
    """Our one call; afterwards, outside the clock, every other cut."""
    table, truth = loaded(name, data)
    start = time.process_time()
    with Duck() as duck:
        matched = match_people(duck, table)
        result = {**scored(matched.cluster, truth), **spent(start, len(truth))}
        result["best"] = max(result["f1"], *(at_cut(duck, table, matched, cut, truth) for cut in CUTS))
    return result


def at_cut(duck: Duck, table: pa.Table, matched: Matched, cut: float, truth: Truth) -> float:
    """F1 had the cut been another."""
    other = match_people(duck, table, earlier_model=replace(matched.model, cut=float(cut)))
    return scored(other.cluster, truth)["f1"]


def spent(start: float, count: int) -> dict[str, float]:
    """Processor seconds since a moment, and peak memory of the process."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return {"records": count, "seconds": time.process_time() - start, "gigabytes": peak}


def exact(name: str, data: Path) -> dict[str, Any]:
    """Same standardised e-mail, or same standardised phone and name."""
    table, truth = loaded(name, data)
    start = time.process_time()
    standard = standard_people(table)
    edges = [keyed(standard, ("email_key",)), keyed(standard, ("phone_key", "name_roman"))]
    left, right = (np.concatenate([edge[side] for edge in edges]) for side in range(2))
    found = connected(len(truth), left, right)
    return {**scored(found, truth), **spent(start, len(truth)), "best": float("nan")}


def keyed(standard: pa.Table, columns: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Each record with the next one that has the same values."""
    frame = standard.select(columns).to_pandas()
    frame = frame[frame.notna().all(axis=1)].sort_values(list(columns), kind="stable")
    same = (frame == frame.shift()).all(axis=1).to_numpy()[1:]
    places = frame.index.to_numpy()
    return places[:-1][same], places[1:][same]


def connected(count: int, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Components of a graph."""
    return connected_components(coo_array((np.ones(len(left)), (left, right)), shape=(count, count)), directed=False)[1]


def splink(name: str, data: Path, *, standardised: bool = False) -> dict[str, Any]:
    """Splink 5 as its tutorials show: u by sampling, m by EM in two sessions, components at a threshold of 0.5."""
    table, truth = loaded(name, data)
    start = time.process_time()
    frame = standard_people(table) if standardised else table
    frame = frame.append_column("unique_id", pa.array(np.arange(len(truth))))
    left, right, chance = predicted(frame, *tutorial(name, standardised=standardised))
    found = connected(len(truth), left[chance >= 0.5], right[chance >= 0.5])
    result = {**scored(found, truth), **spent(start, len(truth))}
    cuts = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999)
    at = [scored(connected(len(truth), left[chance >= cut], right[chance >= cut]), truth)["f1"] for cut in cuts]
    return {**result, "best": max(at)}


def tutorial(name: str, *, standardised: bool) -> tuple[list[Any], list[str], list[str]]:
    """Comparisons, blocking rules and rules for EM."""
    import splink.comparison_library as cl

    if name == "korean" and standardised:
        comparisons = [
            cl.NameComparison("name_key"), cl.LevenshteinAtThresholds("phone_key", 1), cl.EmailComparison("email_key"),
            cl.DateOfBirthComparison("birth_day", input_is_string=False), cl.ExactMatch("gender_key"),
            cl.LevenshteinAtThresholds("address_key", [1, 3]),
        ]  # fmt: skip
        return comparisons, ["phone_key", "email_key", "name_key", "address_key"], ["name_key", "phone_key"]
    if name == "korean":
        comparisons = [
            cl.NameComparison("customer_name"), cl.LevenshteinAtThresholds("phone", [1, 2]), cl.EmailComparison("email"),
            cl.LevenshteinAtThresholds("birth_date", [1, 2]), cl.ExactMatch("gender"),
            cl.JaroWinklerAtThresholds("address", [0.95, 0.9]),
        ]  # fmt: skip
        return comparisons, ["phone", "email", "customer_name", "address"], ["customer_name", "phone"]
    names = [cl.NameComparison("given_name"), cl.NameComparison("family_name")]
    if name == "fake":
        city = cl.ExactMatch("city").configure(term_frequency_adjustments=True)
        comparisons = [*names, cl.DateOfBirthComparison("birth_date", input_is_string=True), city, cl.EmailComparison("email")]
        return comparisons, ["given_name,city", "family_name", "birth_date", "email"], ["birth_date", "email"]
    born = cl.DateOfBirthComparison("birth_date", input_is_string=True, datetime_format="%Y%m%d")
    number = cl.ExactMatch("street_number").configure(term_frequency_adjustments=True)
    comparisons = [*names, born, cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]), number,
                   cl.DamerauLevenshteinAtThresholds("postcode", [1, 2])]  # fmt: skip
    rules = ["soc_sec_id", "given_name", "family_name", "birth_date", "postcode,street_number"]
    return comparisons, rules, ["given_name", "birth_date"]


def predicted(frame: pa.Table, comparisons: list[Any], rules: list[str], sessions: list[str]) -> tuple[np.ndarray, ...]:
    """Pairs and their probability by Splink."""
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.CRITICAL)
    blocks = [block_on(*rule.split(",")) for rule in rules]
    settings = SettingsCreator(link_type="dedupe_only", comparisons=comparisons, blocking_rules_to_generate_predictions=blocks)
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    linker = Linker(DuckDBAPI(connection=connection).register(frame), settings)
    linker.training.estimate_probability_two_random_records_match([blocks[0], blocks[1]], recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for session in sessions:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(session))
    pairs = linker.inference.predict(threshold_match_probability=0.01).as_pyarrow_table()
    return tuple(pairs[column].to_numpy() for column in ("unique_id_l", "unique_id_r", "match_probability"))


ENGINES: dict[str, Callable[..., dict[str, Any]]] = {"dangol": ours, "same contact": exact, "splink": splink}


def million(count: int) -> list[dict[str, Any]]:
    """Invented Korean records: a full run, and the next day with one per cent more, in full and as an increment."""
    table, truth = records(count)
    old = np.sort(np.random.default_rng(3).permutation(len(truth))[len(truth) // 100 :])
    lines: list[dict[str, Any]] = []

    def run(line: str, rows: pa.Table, true: Truth, **named: Any) -> Matched:  # noqa: ANN401 — as match_people takes them
        start, wall = time.process_time(), time.monotonic()
        matched = match_people(duck, rows, **named)
        lines.append({"line": line, "wall": time.monotonic() - wall, **spent(start, len(true)), **scored(matched.cluster, true)})
        return matched

    with Duck() as duck:
        first = run("first day", table.take(pa.array(old)), truth[old])
        full = run("next day in full", table, truth, earlier_model=first.model)
        step = run("next day", table, truth, earlier_model=first.model, earlier=first.kept)
    lines[-1]["same customers"] = bool(np.array_equal(step.cluster, full.cluster))
    lines[-1]["share of the cost"] = lines[-1]["seconds"] / lines[0]["seconds"]
    return lines


def alone(work: Callable[..., Any], *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 — whatever the work gives
    """Do some work in a process of its own."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(quietly, (work, arguments, named))


def quietly(work: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:  # noqa: ANN401
    """Do some work without what libraries print."""
    warnings.simplefilter("ignore")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return work(*arguments, **named)


def line_of(name: str, engine: str, found: dict[str, Any]) -> str:
    """One line of the report."""
    away = found["best"] - found["f1"]
    return (
        f"{name:9s} {engine:22s} {found['records']:>8,} {found['precision']:9.4f} {found['recall']:7.4f} {found['f1']:7.4f} "
        f"{found['best']:7.4f} {away:9.4f} {found['seconds']:8.1f} {found['gigabytes']:6.2f}"
    )


def shown(value: object) -> str:
    """A figure as the report shows it."""
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--million", type=int, default=0, help="number of invented records")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--write", type=Path, help="write the figures as JSON")
    options = parser.parse_args()
    report: dict[str, Any] = {}
    if options.million:
        report["million"] = alone(million, options.million)
        for found in report["million"]:
            print(
                "  ".join(f"{key} {value:.3f}" if isinstance(value, float) else f"{key} {value}" for key, value in found.items())
            )
    else:
        print(f"{'set':9s} {'engine':22s} {'records':>8s} precision  recall      F1    best  distance  seconds     GB")
        for name in options.sets:
            for engine, work in ENGINES.items():
                report[f"{name}/{engine}"] = alone(work, name, options.data)
                print(line_of(name, engine, report[f"{name}/{engine}"]), flush=True)
            if name == "korean":
                report["korean/splink standardised"] = alone(splink, name, options.data, standardised=True)
                print(line_of(name, "splink, standardised", report["korean/splink standardised"]), flush=True)
    if options.write:
        options.write.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
