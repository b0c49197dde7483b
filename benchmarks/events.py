"""Events over HTTP: 100 a second for ten minutes with a whole run in between; none lost, none doubled, how soon each is seen.

    python benchmarks/events.py                       ten minutes on an invented company of 2,000 customers
    python benchmarks/events.py --seconds 60 --rate 300

The real server in a process of its own; senders wait for each answer as shops do, and send every fiftieth call twice. A reader
asks every half second what has arrived, as triggers do. Afterwards one more run, and every event is looked for in the facts.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import numpy as np

from dangol.intake.inbox import seen_since
from dangol.workspace.company import FOLDER, Company
from dangol.workspace.invented import invent

KEY = "benchmark-write-key-0001"


def served(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """The server of a company."""
    command = [str(Path(sys.executable).parent / "dangol"), "serve", "--folder", str(folder), "--port", str(port)]
    return subprocess.Popen(command, env={**os.environ, "DANGOL_WRITE_KEY": KEY}, stdout=subprocess.DEVNULL)


def send(shop: httpx.Client, sent: dict[str, float], answers: list[float], first: float, number: int, rate: float) -> None:
    """One event at its time; every fiftieth twice."""
    time.sleep(max(first + number / rate - time.monotonic(), 0))
    call = {"messageId": f"e{number}", "userId": f"u{number % 500}", "event": "Product Viewed"}
    for _ in range(2 if number % 50 == 0 else 1):
        begun = time.monotonic()
        sent.setdefault(call["messageId"], begun)
        while True:
            answer = shop.post("/api/v1/track", json=call)
            if answer.status_code != 429:
                break
            time.sleep(1)
        answer.raise_for_status()
        answers.append(time.monotonic() - begun)


def watch(root: Path, seen: dict[str, float], stop: threading.Event) -> None:
    """When each event could be read."""
    place: dict[str, int] = {}
    while not stop.is_set():
        rows, place = seen_since(root, place)
        now = time.monotonic()
        for table, row in rows:
            if table == "events":
                seen.setdefault(row["event_id"], now)
        time.sleep(0.5)


def main() -> None:
    """Send, run, compare, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=int, default=600)
    options.add_argument("--rate", type=float, default=100.0)
    given = options.parse_args()
    with TemporaryDirectory() as aside:
        folder = Path(aside)
        invent(folder, customers=2_000, seed=1, years=2.0, last_day=datetime(2026, 6, 30), events=0.1)
        Company.open(folder).run()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server, url = served(folder, port), f"http://127.0.0.1:{port}"
        while True:
            try:
                httpx.get(f"{url}/api/v1/questions", timeout=5)
                break
            except httpx.TransportError:
                time.sleep(0.2)
        sent, seen, answers, stop = {}, {}, [], threading.Event()
        watcher = threading.Thread(target=watch, args=(folder / FOLDER, seen, stop), daemon=True)
        watcher.start()
        total, first = int(given.seconds * given.rate), time.monotonic() + 1
        # One client keeps its connections, as shops' libraries do; a new one for each call would cost more than the server.
        shop = httpx.Client(base_url=url, headers={"authorization": f"Bearer {KEY}"}, timeout=60)
        with shop, ThreadPoolExecutor(16) as senders:
            work = [senders.submit(send, shop, sent, answers, first, number, given.rate) for number in range(total)]
            time.sleep(given.seconds / 2)
            begun = time.monotonic()
            Company.open(folder).run()
            between = time.monotonic() - begun
            for each in work:
                each.result()
        time.sleep(2)
        stop.set()
        watcher.join()
        server.terminate()
        server.wait()
        company = Company.open(folder)
        company.run()
        found = company.snapshot.duck.rows(
            "select event_id from facts_events where event_id like 'e%' and customer_id is not null"
        )
        ids = [row["event_id"] for row in found if row["event_id"][1:].isdigit()]
        wait = np.array([seen[name] - at for name, at in sent.items() if name in seen])
        print(f"{time.strftime('%Y-%m-%d')}  {total:,} events, {given.rate:.0f}/s, run in between {between:.0f} s")
        print(f"  answered in {np.median(answers) * 1e3:.0f} ms (median), {np.quantile(answers, 0.95) * 1e3:.0f} ms (95 %)")
        print(f"  readable after {np.median(wait):.1f} s (median), {np.quantile(wait, 0.95):.1f} s (95 %); {len(wait):,} read")
        print(f"  lost {len(sent.keys() - set(ids)):,}, doubled {len(ids) - len(set(ids)):,}")


if __name__ == "__main__":
    main()
