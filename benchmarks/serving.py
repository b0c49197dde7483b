"""How fast pages answer: a question page, the customer list, a filtered list deep down, one customer.

    python benchmarks/serving.py FOLDER          a company whose loop has run, such as one kept by benchmarks/loop.py

The real server on a loopback port, one request at a time after a warm-up; prints median and 95th percentile in milliseconds.
The goal is 300 ms at the 95th percentile with 1 M profiles on an idle machine.
"""

from __future__ import annotations

import argparse
import socket
import threading
import time
from pathlib import Path

import httpx
import numpy as np
import uvicorn

from dangol.faces.web.app import create_app
from dangol.workspace.company import Company

REQUESTS = 60


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def measured(client: httpx.Client, paths: list[str]) -> np.ndarray:
    """Milliseconds of each request; the first of every path warms up."""
    times = []
    for number in range(REQUESTS + len(paths)):
        start = time.perf_counter()
        client.get(paths[number % len(paths)]).raise_for_status()
        if number >= len(paths):
            times.append((time.perf_counter() - start) * 1000)
    return np.array(times)


def main() -> None:
    """Start the server, ask, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    company = Company.open(options.parse_args().folder)
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(create_app(company), port=port, log_level="error"))
    threading.Thread(target=server.run, daemon=True).start()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        while not server.started:
            time.sleep(0.05)
        first = client.get("/api/v1/customers?limit=50").json()
        deep = f"/customers?after={first['next']}"
        rule = "/customers?stage=at_risk&churn=20"
        people = [f"/customers/{row['customer_id']}" for row in first["customers"][:20]]
        pages = {
            "home": ["/"],
            "question pages": ["/ask/new_customers_by_month", "/ask/value_concentration", "/ask/leaving_customers"],
            "customer list": ["/customers"],
            "customer list, next page": [deep],
            "customer list, filtered": [rule],
            "one customer": people,
        }
        print(f"{first['total']:,} profiles")
        for name, paths in pages.items():
            times = measured(client, paths)
            print(f"  {name:<28}{np.median(times):>8.0f} ms median{np.quantile(times, 0.95):>8.0f} ms at 95 %")
    server.should_exit = True


if __name__ == "__main__":
    main()
