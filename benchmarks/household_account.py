"""Households and business accounts on labelled sets, beside the rules other tools recommend: precision, recall, F1, seconds.

    python benchmarks/household_account.py [--data ../shared/data]

Pairwise over records: two records are right together when the truth says one household (one account). Nothing reads the truth but
the last step. Households stand on three ways to tell customers apart: by the truth, by trusted rules alone, and as we match them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from dangol.core.engine import Duck
from dangol.identity.account import accounts
from dangol.identity.household import households
from dangol.identity.matching import match_people
from dangol.identity.standard import standard_people
from dangol.identity.standard.company import standard_companies

NAMES = {"name": "customer_name", "birth": "birth_date", "zip": "postcode", "record_id": "customer_ref", "source": "system"}
COMPANY = {"company": "account_name", "biz_no": "business_number", "tel": "phone"}
Labels = np.ndarray


def pairs(label: Labels) -> float:
    """Pairs of records with one label."""
    counts = np.unique(label, return_counts=True)[1].astype(float)
    return float((counts * (counts - 1) / 2).sum())


def scores(found: Labels, truth: Labels) -> tuple[float, float, float]:
    """Precision, recall and F1 over pairs of records."""
    numbers = [np.unique(each, return_inverse=True)[1].astype(np.int64) for each in (found, truth)]
    both = pairs(numbers[0] * (numbers[1].max() + 1) + numbers[1])
    precision, recall = both / max(pairs(found), 1.0), both / max(pairs(truth), 1.0)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def line(label: str, work: Callable[[], Labels], truth: Labels) -> None:
    """Do something, print how well and how long."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = work()
    seconds = time.perf_counter() - wall, time.process_time() - cpu
    print(
        f"{label:48}" + "".join(f"{score:8.4f}" for score in scores(found, truth)) + "".join(f"{each:8.2f}" for each in seconds)
    )


def closed(columns: list[list[str]], records: pa.Table) -> Labels:
    """Records joined by equal values of any of the groups of columns, closed."""
    ends: list[np.ndarray] = []
    for names in columns:
        known = pa.table({"key": pc.binary_join_element_wise(*(records.column(name).cast(pa.string()) for name in names), "\t")})
        encoded = known.column("key").combine_chunks().dictionary_encode().indices
        place = np.flatnonzero(encoded.is_valid().to_numpy(zero_copy_only=False))
        code = encoded.drop_null().to_numpy()
        first = np.full(int(code.max(initial=-1)) + 1, records.num_rows)
        np.minimum.at(first, code, place)
        ends.append(np.stack([first[code], place]))
    links = np.concatenate(ends, axis=1)
    graph = coo_array((np.ones(links.shape[1], dtype=np.int8), (links[0], links[1])), shape=(records.num_rows, records.num_rows))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def heading(title: str) -> None:
    """What is measured."""
    print(f"\n{title:48}{'P':>8}{'R':>8}{'F1':>8}{'wall s':>8}{'CPU s':>8}")


def measure_households(folder: Path) -> None:
    """Households of korean_er_dev."""
    records = pq.read_table(folder / "records.parquet")
    records = records.rename_columns([NAMES.get(name, name) for name in records.column_names])
    truth = (
        pq.read_table(folder / "truth.parquet").to_pandas().set_index("record_id").loc[records.column("customer_ref").to_pylist()]
    )
    people, homes = (truth[name].to_numpy().astype(np.int64) for name in ("person_id", "household_id"))
    standard = standard_people(records)
    with Duck(threads=1, memory_limit="1GB") as duck:
        heading("Customers (korean_er_dev)")
        known = {"true customers": np.unique(people, return_inverse=True)[1].astype(np.int64)}
        known["trusted rules"] = closed([["email_key"], ["phone_key", "name_key"]], standard)
        line("trusted rules", lambda: known["trusted rules"], people)
        line(
            "our matching", lambda: known.setdefault("our matching", match_people(duck, records).cluster.astype(np.int64)), people
        )
        heading("Households (korean_er_dev)")
        line("surname and address, as often recommended", lambda: closed([["family_key", "address_key"]], standard), homes)
        line("address and unit", lambda: closed([["address_key", "address_unit"]], standard), homes)
        for label, customer in known.items():
            line(f"ours on {label}", lambda c=customer: in_homes(duck, standard, c), homes)
        calibrated(households(duck, standard, known["true customers"]), people, homes)


def in_homes(duck: Duck, standard: pa.Table, customer: Labels) -> Labels:
    """The household of each record."""
    found: Labels = households(duck, standard, customer).column("household_no").to_numpy()[customer]
    return found


def calibrated(found: pa.Table, people: Labels, homes: Labels) -> None:
    """Print by evidence how sure households are said to be and how many customers are in their true one."""
    of_customer = homes[np.unique(people, return_index=True)[1]]
    table = found.to_pandas().assign(home=of_customer)
    usual = table.groupby("household_no")["home"].agg(lambda each: each.mode()[0])
    table["right"] = table["home"].to_numpy() == usual.loc[table["household_no"]].to_numpy()
    print(f"\n{'evidence':24}{'customers':>10}{'said':>8}{'right':>8}")
    for evidence, group in table[table["size"] > 1].groupby("evidence"):
        print(f"{evidence:24}{len(group):10,}{group['confidence'].mean():8.3f}{group['right'].mean():8.3f}")


def measure_accounts(title: str, records: pa.Table, truth: Labels) -> None:
    """Business accounts of one set."""
    standard = standard_companies(records)
    heading(f"Accounts ({title}, {records.num_rows:,} records)")
    line("same written name", lambda: closed([["account_name"]], records), truth)
    line("same business number", lambda: closed([["business_key"]], standard), truth)
    line(
        "same number, domain or comparable name",
        lambda: closed([["business_key"], ["domain_key"], ["company_key"]], standard),
        truth,
    )
    line("ours, all steps", lambda: accounts(standard_companies(records)).column("account_no").to_numpy(), truth)


def main() -> None:
    """Measure what is there."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, default=Path("../shared/data"))
    data = options.parse_args().data
    folder = data / "korean_er_dev"
    measure_households(folder)
    records = pq.read_table(folder / "b2b_records.parquet")
    truth = pq.read_table(folder / "b2b_truth.parquet").to_pandas().set_index("record_id")["account_id"]
    labels = truth.loc[records.column("record_id").to_pylist()].to_numpy()
    measure_accounts("korean_er_dev b2b", records.rename_columns([COMPANY.get(n, n) for n in records.column_names]), labels)
    sites = pq.read_table(data / "dedupe_early_childhood" / "records_with_true_ids.parquet")
    columns = {"account_name": "Site name", "phone": "Phone", "address": "Address", "website": "Website"}
    chosen = pa.table({name: sites.column(column) for name, column in columns.items()})
    measure_accounts("early childhood sites", chosen, sites.column("True Id").to_numpy())


if __name__ == "__main__":
    main()
