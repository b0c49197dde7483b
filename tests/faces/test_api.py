"""The API of the web application: described truly, errors as problem documents, the same answers as the pages."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from dangol.faces.web import create_app
from dangol.workspace.company import Company
from dangol.workspace.settings import load_settings

CHECKS = [not_a_server_error, response_schema_conformance]


def test_the_api_keeps_its_description(company: Company, tmp_path: Path) -> None:
    """Generated requests for every operation: no crash, and what is sent fits the schema or is a problem document.

    They go to a copy, because some of them change settings; these are right afterwards, too.
    """
    copied = Company.open(shutil.copytree(company.base, tmp_path / "copy"))
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", create_app(copied), headers={"Host": "127.0.0.1"})
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) >= 7
    for operation in operations:
        keeps_its_description(operation)
    assert load_settings(copied.base).company == company.settings.company
    assert copied.ask("relative_value")[1].question == "relative_value"


def keeps_its_description(operation: Any) -> None:
    """Ask one operation with generated values."""

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=operation.as_strategy())
    def asked(case: Any) -> None:
        response = case.call(headers={"Host": "127.0.0.1"})
        if response.status_code == 200:
            case.validate_response(response, checks=CHECKS)
        else:
            assert 400 <= response.status_code < 500, response.text
            assert response.headers["content-type"][0] == "application/problem+json"

    asked()


def test_only_the_api_is_described(client: TestClient) -> None:
    described = client.get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert described["info"]["title"] == "dangol"
    assert described["paths"]
    assert all(path.startswith("/api/v1/") for path in described["paths"])
    assert client.get("/docs").status_code == 404


@pytest.mark.parametrize(
    ("path", "status"), [("/api/v1/nope", 404), ("/api/v1/customers/abc", 422), ("/api/v1/questions/nope/answer", 404)]
)
def test_errors_are_problem_documents(client: TestClient, path: str, status: int) -> None:
    found = client.get(path)
    assert (found.status_code, found.headers["content-type"]) == (status, "application/problem+json")
    assert found.json()["status"] == status


def test_pages_and_api_say_the_same(client: TestClient) -> None:
    for name in ("leaving_customers", "new_customers_by_month"):
        answer = client.get(f"/api/v1/questions/{name}/answer").json()
        page = client.get(f"/ask/{name}", headers={"Accept-Language": "en"}).text
        assert answer["sentence_en"] in page.replace("&#39;", "'").replace("\n", " ")


def test_errors_are_declared_as_the_problem_documents_they_are(client: TestClient) -> None:
    described = client.get("/api/v1/openapi.json").json()
    assert "HTTPValidationError" not in json.dumps(described)
    operations = [each for methods in described["paths"].values() for each in methods.values()]
    assert operations
    for operation in operations:
        assert set(operation["responses"]) - {"200", "202"} == {"4XX", "5XX"}
        for status in ("4XX", "5XX"):
            (declared,) = operation["responses"][status]["content"].items()
            assert declared[0] == "application/problem+json"
            assert {"type", "title", "status", "detail"} <= set(declared[1]["schema"]["required"])
    refused = client.get("/api/v1/customers?limit=0")
    schema = operations[0]["responses"]["4XX"]["content"]["application/problem+json"]["schema"]
    assert refused.status_code == 422
    assert set(schema["required"]) <= set(refused.json()) <= set(schema["properties"])


@pytest.mark.parametrize("path", ["/api/v1/identity/log?offset={}", "/api/v1/review?offset={}", "/data/identity?log={}",
                                  "/customers/{}", "/api/v1/customers/{}"])  # fmt: skip
def test_a_number_no_database_counts_to_is_refused(client: TestClient, path: str) -> None:
    assert 400 <= client.get(path.format(2**63)).status_code < 500


@pytest.mark.parametrize(
    ("method", "path"),
    [("post", "/data/identity/undo/{}"), ("delete", "/api/v1/rulings/{}"), ("post", "/api/v1/quality/rulings/{}/undo")],
)
def test_a_decision_of_no_number_is_refused(client: TestClient, method: str, path: str) -> None:
    assert 400 <= client.request(method, path.format(2**63)).status_code < 500
