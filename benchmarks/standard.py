"""How many records a minute of processor time are brought into comparable form, field by field and over all fields.

    python benchmarks/standard.py [--data ../shared/data] [--records 1000000]

On records of the set `korean_er_dev` repeated up to the number (values repeat, as in companies with many purchases), on the same
once, and on as many invented records, in which most values occur once or twice. One thread.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

import korean_records
from dangol.identity.standard import standard_people

FIELDS = {
    "name": ["customer_name"],
    "phone": ["phone"],
    "e-mail": ["email"],
    "birth and gender": ["birth_date", "gender"],
    "address and postcode": ["address", "postcode"],
}
NAMES = {"name": "customer_name", "birth": "birth_date", "zip": "postcode"}


def timed(work: Callable[[], pa.Table]) -> float:
    """Seconds of processor time."""
    start = time.process_time()
    work()
    return time.process_time() - start


def measured(label: str, records: pa.Table) -> None:
    """Print a line per field and one for all of them."""
    print(f"\n{label}: {records.num_rows:,} records")
    print(f"{'':24}{'seconds':>10}{'million/minute':>16}")
    for field, columns in [*FIELDS.items(), ("all fields", records.column_names)]:
        chosen = records.select([name for name in columns if name in records.column_names])
        seconds = timed(lambda chosen=chosen: standard_people(chosen))
        print(f"{field:24}{seconds:10.2f}{records.num_rows / seconds * 60 / 1e6:16.1f}")


def main() -> None:
    """Read, repeat, invent, measure."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, default=Path("../shared/data"))
    options.add_argument("--records", type=int, default=1_000_000)
    chosen = options.parse_args()
    pa.set_cpu_count(1)
    file = chosen.data / "korean_er_dev" / "records.parquet"
    if file.exists():
        once = pq.read_table(file)
        once = once.rename_columns([NAMES.get(name, name) for name in once.column_names])
        standard_people(once.slice(0, 100))
        measured("korean_er_dev", once)
        measured("korean_er_dev repeated", pa.concat_tables([once] * max(1, chosen.records // once.num_rows)))
    invented, _ = korean_records.records(chosen.records)
    measured("invented", invented)


if __name__ == "__main__":
    main()
