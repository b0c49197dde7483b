"""The guard: headers on everything, unknown hosts and strangers stay outside, and no open door to the network."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from dangol.core.errors import ConfigError
from dangol.faces.cli.show import serve
from dangol.faces.web import create_app
from dangol.faces.web.door import inside
from dangol.faces.web.security import COOKIE, check_binding, session_of
from dangol.workspace.company import Company

TOKEN = "0123456789abcdef"
POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"


@pytest.fixture
def locked(company: Company) -> TestClient:
    """The application behind a token, asked under the name of a network host."""
    return TestClient(create_app(company, token=TOKEN), base_url="http://crm.example", follow_redirects=False)


@pytest.mark.parametrize(
    "path", ["/", "/customers", "/ask/T7", "/nope", "/api/v1/snapshot", "/api/v1/customers", "/static/dangol.css"]
)
def test_every_answer_carries_the_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"] == POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == ("public, max-age=31536000, immutable" if "static" in path else "no-store")


@pytest.mark.parametrize("path", ["/", "/customers", "/ask/T7", "/models/churn", "/data", "/programmes/win_back"])
def test_pages_need_nothing_the_policy_forbids(client: TestClient, path: str) -> None:
    text = client.get(path).text
    assert " style=" not in text
    assert "<style" not in text
    assert " onclick" not in text
    assert "hx-on" not in text
    assert "javascript:" not in text
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in text


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.evil:8000"])
def test_other_hosts_are_refused_without_a_token(client: TestClient, host: str) -> None:
    found = client.get("/customers", headers={"Host": host})
    assert found.status_code == 421
    assert "customer" not in found.text


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "localhost:8000", "[::1]:8000"])
def test_this_machine_is_let_in(client: TestClient, host: str) -> None:
    assert client.get("/ask", headers={"Host": host}).status_code == 200


def test_strangers_are_sent_to_the_door(locked: TestClient) -> None:
    found = locked.get("/customers?stage=active")
    assert (found.status_code, found.headers["location"]) == (303, "/token?next=/customers%3Fstage%3Dactive")
    refused = locked.get("/api/v1/customers")
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert refused.headers["content-type"] == "application/problem+json"
    assert locked.get("/api/v1/openapi.json").status_code == 401


def test_the_token_opens_the_door(locked: TestClient) -> None:
    assert locked.get("/api/v1/snapshot", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    wrong = locked.post("/token", data={"token": "wrong", "next": "/ask"})
    assert wrong.status_code == 403
    assert "set-cookie" not in wrong.headers
    right = locked.post("/token", data={"token": TOKEN, "next": "/ask"})
    assert (right.status_code, right.headers["location"]) == (303, "/ask")
    cookie = right.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert TOKEN not in cookie
    assert locked.get("/ask").status_code == 200


@pytest.mark.parametrize("given", ["Bearer wrong", "Bearer ", f"Basic {TOKEN}", f"bearer {TOKEN}x"])
def test_wrong_tokens_stay_outside(locked: TestClient, given: str) -> None:
    assert locked.get("/api/v1/snapshot", headers={"Authorization": given}).status_code == 401
    locked.cookies.set(COOKIE, session_of("another token of ours"))
    assert locked.get("/ask").status_code == 303


@pytest.mark.parametrize("address", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""])
def test_the_door_leads_inside_only(address: str) -> None:
    assert inside(address) == "/"


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "same-site"}, True),
        ({"Origin": "https://evil.example"}, True),
        ({"Origin": "null"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, False),
        ({"Origin": "http://127.0.0.1"}, False),
        ({}, False),
    ],
)
def test_only_our_own_pages_change_anything(client: TestClient, headers: dict[str, str], refused: bool) -> None:
    found = client.post("/token", data={"token": "", "next": "/"}, headers=headers, follow_redirects=False)
    assert ("another site" in found.text) is refused
    assert client.get("/", headers=headers).status_code == 200


def test_without_a_token_the_door_opens_nothing(client: TestClient) -> None:
    found = client.post("/token", data={"token": "", "next": "/"}, follow_redirects=False)
    assert found.status_code in (403, 422)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.7", "::", "crm.example"])
def test_serving_to_a_network_needs_a_token(host: str, tmp_path) -> None:
    with pytest.raises(ConfigError, match="without a token"):
        serve(folder=tmp_path, host=host, port=8000, token="")
    check_binding(host, TOKEN)
    check_binding("127.0.0.1", "")


def test_a_token_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(ConfigError, match="4 letters"):
        check_binding("127.0.0.1", "abcd")


def test_vendored_files_are_what_they_say() -> None:
    import hashlib
    import json

    from dangol.faces.web.show import STATIC

    vendor = STATIC / "vendor"
    listed = json.loads((vendor / "vendor.json").read_text(encoding="utf-8"))["vendored"]
    for each in listed:
        assert hashlib.sha256((vendor / each["file"]).read_bytes()).hexdigest() == each["sha256"]
        assert (vendor / each["licence_file"]).is_file()
    assert {path.name for path in vendor.glob("*.js")} == {each["file"] for each in listed}


def test_the_first_load_keeps_its_budget(client: TestClient) -> None:
    import gzip
    import re

    page = client.get("/ask/T7").text
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    sizes = [len(gzip.compress(client.get(each).content, 6)) for each in dict.fromkeys(files)]
    assert len(sizes) + 1 <= 10
    assert sum(sizes) + len(gzip.compress(page.encode())) <= 450_000
    assert all(client.get(each).headers.get("content-encoding") == "gzip" for each in files if each.endswith(("js", "css")))
