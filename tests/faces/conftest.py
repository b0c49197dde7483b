"""A small invented company, run once for all tests of the faces."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient

from dangol.faces.web import create_app
from dangol.simulate import Plan, simulate
from dangol.workspace.company import Company

HOST = "http://127.0.0.1"


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """1,200 customers of 한빛상회 in Korean files, run through the whole loop, with a win-back campaign started."""
    folder = tmp_path_factory.mktemp("hanbit")
    simulate(folder, Plan(customers=1_200, seed=5, event_volume=0.3, message_volume=0.5))
    found = Company.open(folder)
    found.run()
    found.start_programme("win_back")
    return found


@pytest.fixture(scope="module")
def own_company(company: Company, tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The same company in a folder of its own, for tests that change its settings."""
    folder = tmp_path_factory.mktemp("own") / "hanbit"
    shutil.copytree(company.base, folder)
    return Company.open(folder)


@pytest.fixture(scope="session")
def application(company: Company) -> FastAPI:
    """The open application."""
    return create_app(company)


@pytest.fixture
def client(application: FastAPI) -> TestClient:
    """A browser without a browser, new for every test, so that no language chosen before is remembered."""
    return TestClient(application, base_url=HOST, raise_server_exceptions=False)


@pytest.fixture(scope="session")
def bare_client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """The application of a company that was never run."""
    folder: Path = tmp_path_factory.mktemp("bare")
    (folder / "dangol.yaml").write_text("company: {name: 새 회사}\nsources: []\n", encoding="utf-8")
    return TestClient(create_app(Company.open(folder)), base_url=HOST, raise_server_exceptions=False)


@pytest.fixture(scope="session")
def address(company: Company) -> Iterator[str]:
    """The application on a port of this machine, for a real browser."""
    server = uvicorn.Server(uvicorn.Config(create_app(company), host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"{HOST}:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=10)
