"""Real and published sets, one call without settings each; lower bounds leave room for luck, not for a broken field."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from dangol.core.engine import Duck
from dangol.identity.matching import match_people

KOREAN = """
    select record_id as customer_ref, r.source as "system", r.name as customer_name, phone, email, birth as birth_date, gender,
           zip as postcode, address, person_id as truth
    from read_parquet('{data}/korean_er_dev/records.parquet') r
    join read_parquet('{data}/korean_er_dev/truth.parquet') using (record_id)"""
FEBRL = """
    select rec_id as customer_ref, 'febrl' as "system", given_name, surname as family_name, date_of_birth as birth_date,
           concat_ws(' ', street_number, address_1, address_2) as address, suburb as city, postcode, state as region,
           cast(split_part(rec_id, '-', 2) as bigint) as truth
    from read_parquet('{data}/febrl/dataset{number}.parquet')"""
FAKE = """
    select cast(unique_id as varchar) as customer_ref, 'fake' as "system", first_name as given_name, surname as family_name,
           dob as birth_date, city, email, cluster as truth
    from read_parquet('{data}/splink_sets/fake_1000.parquet')"""


def pairs_in(*labels: np.ndarray) -> int:
    """Pairs of records that agree in all labellings."""
    _, count = np.unique(np.column_stack(labels), axis=0, return_counts=True)
    return int((count * (count - 1) // 2).sum())


def records_of(question: str, data: Path) -> tuple[pa.Table, np.ndarray]:
    """Records and the person of each, in an order of no meaning."""
    table = duckdb.sql(question.replace("{data}", str(data))).to_arrow_table()
    shuffled = table.take(pa.array(np.random.default_rng(2).permutation(table.num_rows)))
    return shuffled.drop_columns(["truth"]), shuffled["truth"].to_numpy()


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("question", "precision", "f1"),
    [
        pytest.param(KOREAN, 0.985, 0.965, id="korean"),
        pytest.param(FEBRL.replace("{number}", "1"), 0.995, 0.995, id="febrl1"),
        pytest.param(FEBRL.replace("{number}", "2"), 0.995, 0.995, id="febrl2"),
        pytest.param(FEBRL.replace("{number}", "3"), 0.997, 0.9965, id="febrl3"),
        pytest.param(FAKE, 0.98, 0.955, id="fake_1000"),
    ],
)
def test_people_of_a_known_set_are_found(shared_data: Path, question: str, precision: float, f1: float) -> None:
    table, truth = records_of(question, shared_data)
    with Duck(memory_limit="1GB", threads=1) as duck:
        cluster = match_people(duck, table).cluster
    both, found, true = pairs_in(cluster, truth), pairs_in(cluster), pairs_in(truth)
    assert both / found >= precision
    assert 2 * both / (found + true) >= f1
