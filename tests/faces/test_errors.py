"""Bad input is answered in the language of whoever reads it: file, row, column and value, and what to do."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.faces.conftest import HOST

from dangol.core.config import json_schema
from dangol.core.misfit import PATTERNS
from dangol.faces.cli import main
from dangol.workspace.company import Company
from dangol.workspace.predict import Card
from dangol.workspace.settings import Settings

HANGUL = re.compile("[가-힣]")
HEADER = "order_id,customer_ref,ordered_at,product_id,quantity,net_amount"
ROWS = [f"o{c}-{n},c{c},2025-0{1 + n}-1{c % 3} 10:00:00,p{n},1,{1000 + c}" for c in range(12) for n in range(3)]
COMPANY = "company: {name: Shop, zone: Asia/Seoul, currency: KRW, margin_share: 0.3}\nengine: {threads: 1}\n"
SOURCE = "sources:\n  - {name: shop, files: [lines.csv], table: order_lines}\n"


MISUSED = [
    (("aks",), "unknown command 'aks'", "'aks'라는 명령이 없습니다."),
    (("ask", "--nope"), "unknown option --nope", "--nope라는 옵션이 없습니다."),
    (("ask", "Q1", "Q2"), "more than this command takes: Q2", "이 명령이 받지 않는 값이 있습니다: Q2"),
    (("export", "answers"), "'--to' is missing", "'--to'가 빠져 있습니다."),
    (("export", "answers", "--to"), "option '--to' needs a value", "옵션 '--to'에 값을 적어 주십시오."),
    (("run", "--quiet=3"), "option '--quiet' takes no value", "옵션 '--quiet'에는 값을 적지 않습니다."),
    (("simulate", "--customers", "many"), "the value of '--customers' is not a whole", "'--customers' 값이 정수가 아닙니다."),
    (("simulate", "--years", "x"), "the value of '--years' is not a number", "'--years' 값이 숫자가 아닙니다."),
    (("simulate", "--advance", "9999"), "'--advance' is beyond the limit of 730", "'--advance' 값이 한도(730)를 벗어났습니다."),
    ((), "a command is missing", "실행할 명령이 빠져 있습니다."),
]


@dataclass(frozen=True)
class Case:
    """A mistake, the command that meets it, and what must be said.

    Attributes:
        facts: said in both languages.
        english, korean: said in one.
    """

    name: str
    command: tuple[str, ...]
    facts: tuple[str, ...]
    english: str
    korean: str
    lines: tuple[str, ...] = (HEADER, *ROWS)
    settings: str = COMPANY + SOURCE


MISTAKES = [
    Case("empty file", ("run",), ("lines.csv",), "the file is empty", "파일이 비어 있습니다.", lines=()),
    Case("headers only", ("run",), ("lines.csv",), "headers but no rows", "머리글만 있고 데이터 행이 없습니다.", lines=(HEADER,)),
    Case(
        "ragged rows", ("doctor",), ("order_lines", "2", "38, 39"), "too few or too many fields", "칸 수가 맞지 않습니다",
        lines=(HEADER, *ROWS, "o1,c1,2025-01-01", "o2,c2,x,y,z,1,2,3"),
    ),
    Case(
        "unreadable date", ("doctor",), ("order_lines", "ordered_at", "38"), "not readable as a date", "날짜로 읽을 수 없습니다",
        lines=(HEADER, *ROWS, "o9,c9,someday,p1,1,100"),
    ),
    Case(
        "unknown key", ("run",), ("dangol.yaml:4", "sources[0].tabel", "'table'"), "did you mean", "비슷한 이름으로 'table'",
        settings=COMPANY + SOURCE.replace("table:", "tabel:"),
    ),
    Case(
        "wrong type", ("run",), ("dangol.yaml:2", "engine.threads", "'many'"), "must be a whole number", "정수여야 합니다.",
        settings=COMPANY.replace("threads: 1", "threads: many") + SOURCE,
    ),
    Case(
        "out of range", ("run",), ("dangol.yaml:1", "company.margin_share", "1.5"), "must be below 1", "1보다 작아야 합니다.",
        settings=COMPANY.replace("0.3", "1.5") + SOURCE,
    ),
    Case(
        "missing setting", ("run",), ("company.name",), "missing", "꼭 필요한 값이 빠져 있습니다.",
        settings=COMPANY.replace("name: Shop, ", "") + SOURCE,
    ),
    Case(
        "unknown zone", ("run",), ("company.zone", "'Asia/Soul'"), "no such time zone", "없는 시간대입니다.",
        settings=COMPANY.replace("Asia/Seoul", "Asia/Soul") + SOURCE,
    ),
    Case(
        "key twice", ("run",), ("dangol.yaml:6", "engine", "2"), "written twice", "두 번 적혀 있습니다",
        settings=COMPANY + SOURCE + "\nengine: {threads: 2}\n",
    ),
    Case(
        "not YAML", ("run",), ("dangol.yaml", "1"), "a colon where none can be", "콜론(:)을 쓸 수 없는 자리입니다.",
        settings="company: a: b\n",
    ),
    Case(
        "wrong mapping", ("run",), ("lines.csv", "columns.order_id", "'주문 번호'"), "the file has no header", "머리글이",
        settings=COMPANY + SOURCE.replace("table: order_lines", "table: order_lines, columns: {order_id: 주문 번호}"),
    ),
    Case(
        "no such column", ("run",), ("lines.csv", "'oder_id'", "'order_id'"), "no table has a column", "가진 테이블이 없습니다.",
        settings=COMPANY + SOURCE.replace("table: order_lines", "columns: {oder_id: order_id}"),
    ),
    Case(
        "no table fits", ("run",), ("lines.csv", "table: orders"), "the table is not clear", "알 수 없습니다.",
        lines=("x,y", "1,2"), settings=COMPANY + SOURCE.replace(", table: order_lines", ""),
    ),
    Case(
        "no such file", ("run",), ("'more.csv'",), "no file fits", "맞는 파일이 없습니다.",
        settings=COMPANY + SOURCE.replace("lines.csv", "more.csv"),
    ),
    Case(
        "other currency", ("run",), ("'USD'", "'KRW'"), "is not the company's", "회사 통화",
        settings=COMPANY + SOURCE.replace("table:", "currency: USD, table:"),
    ),
    Case(
        "unknown prediction setting", ("run", "-q"), ("predictions.churn.horizn", "'horizon'"), "unknown key", "없는 설정",
        settings=COMPANY + SOURCE + "predictions: {churn: {horizn: 30}}\n",
    ),
    Case(
        "wrong prediction setting", ("run", "-q"), ("predictions.churn.snapshots", "1"), "must be at least 2", "2 이상이어야",
        settings=COMPANY + SOURCE + "predictions: {churn: {snapshots: 1}}\n",
    ),
    Case("no day", ("run", "--as-of", "someday"), ("'someday'", "2026-11-01"), "cannot read the moment", "읽을 수 없습니다."),
    Case("never run", ("ask", "Q1"), ("dangol run",), "no run has finished yet", "아직 완료된 실행이 없습니다."),
]  # fmt: skip
AFTER_A_RUN = [
    Case("unknown question", ("ask", "sales_by_mnth"), ("'sales_by_mnth'",), "unknown question", "질문이 없습니다."),
    Case("wrong option", ("ask", "Q1", "--option", "months=x"), ("months", "'x'"), "is not int", "정수가 아닙니다."),
    Case("no option", ("ask", "Q1", "--option", "months"), ("'months'", "top=20"), "is not name=value", "이름=값 형식"),
    Case("unknown column", ("audience", "order_cuont > 2"), ("'order_cuont'", "'order_count'"), "did you mean", "열이 없습니다."),
    Case("other kind", ("audience", "order_count > 'a'"), ("order_count", '"a"'), "is a count, not", "비교할 수 없습니다."),
    Case("unknown choice", ("audience", "lifecycle_stage == 'atrisk'"), ("'atrisk'", "'at_risk'"), "is never", "값이 없습니다."),
    Case("open bracket", ("audience", "order_count > (2"), ("'order_count > (2'",), "not a rule", "닫히지 않은 괄호"),
    Case("arithmetic", ("audience", "order_count + 1 > 2"), ("'order_count + 1'",), "no arithmetic", "계산식은 쓸 수 없습니다."),
    Case("unknown ending", ("export", "answers", "--to", "a.doc"), ("'.doc'", ".xlsx"), "cannot export", "내보낼 수 없습니다."),
    Case("unknown table", ("export", "answrs", "--to", "a.csv"), ("'answrs'", "'answers'"), "unknown table", "테이블이"),
    Case("unknown campaign", ("lift", "spring"), ("'spring'",), "unknown campaign", "캠페인이 없습니다."),
    Case("unknown programme", ("programme", "winback"), ("'winback'", "'win_back'"), "unknown programme", "프로그램이 없습니다."),
]  # fmt: skip


def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, folder: Path, lang: str, *command: str) -> str:
    """Everything the command line says, on one line."""
    monkeypatch.setattr(sys, "argv", ["dangol", "--lang", lang, *command, "--folder", str(folder)])
    monkeypatch.setenv("COLUMNS", "10000")
    with pytest.raises(SystemExit):
        main()
    out = capsys.readouterr()
    return out.out + out.err


def write(folder: Path, case: Case) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "lines.csv").write_text("".join(f"{line}\n" for line in case.lines), encoding="utf-8")
    (folder / "dangol.yaml").write_text(case.settings, encoding="utf-8")
    return folder


def check(case: Case, english: str, korean: str) -> None:
    for fact in case.facts:
        assert fact in english
        assert fact in korean
    assert case.english in english
    assert case.korean in korean
    assert not HANGUL.search(re.sub("주문 번호|서울|부산", "", english))
    assert case.english not in korean
    sentences = [line for line in korean.splitlines() if sum(word.isalpha() for word in line.split()) > 3]
    assert all(HANGUL.search(line) for line in sentences)


@pytest.mark.parametrize("case", MISTAKES, ids=lambda case: case.name)
def test_mistakes_are_named_in_both_languages(case, capsys, monkeypatch, tmp_path) -> None:
    folders = [write(tmp_path / lang, case) for lang in ("en", "ko")]
    check(case, *(said(capsys, monkeypatch, folder, folder.name, *case.command) for folder in folders))


@pytest.mark.parametrize(("command", "english", "korean"), MISUSED)
def test_a_call_that_cannot_be_understood_is_answered_in_both_languages(command, english, korean, capsys, monkeypatch) -> None:
    for lang, words, help_words in (("en", english, "help: dangol"), ("ko", korean, "도움말: dangol")):
        monkeypatch.setattr(sys, "argv", ["dangol", "--lang", lang, *command])
        monkeypatch.setenv("COLUMNS", "10000")
        with pytest.raises(SystemExit) as stopped:
            main()
        assert stopped.value.code == 2
        shown = capsys.readouterr().err
        assert words in shown
        assert help_words in shown


def test_every_pattern_of_a_setting_is_put_into_words() -> None:
    schema = json.dumps(json_schema(Settings), ensure_ascii=False)
    assert {json.loads(found) for found in re.findall(r'"pattern": ("(?:[^"\\\\]|\\\\.)*")', schema)} <= set(PATTERNS)


@pytest.fixture(scope="module")
def small_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write(tmp_path_factory.mktemp("small"), Case("", (), (), "", ""))
    Company.open(folder).run()
    return folder


@pytest.mark.parametrize("case", AFTER_A_RUN, ids=lambda case: case.name)
def test_wrong_requests_are_named_in_both_languages(case, capsys, monkeypatch, small_shop) -> None:
    check(case, *(said(capsys, monkeypatch, small_shop, lang, *case.command) for lang in ("en", "ko")))


def test_a_refused_prediction_is_explained_in_both_languages(small_shop, capsys, monkeypatch) -> None:
    english, korean = (said(capsys, monkeypatch, small_shop, lang, "run") for lang in ("en", "ko"))
    assert "too little data: have 61 days of orders, need 70 days for a horizon of 28 days" in english
    assert "데이터가 부족합니다. (현재: 주문 기간 61일 / 필요: 70일 이상(예측 기간 28일 기준))" in korean
    assert "too little data" not in korean


def test_a_card_keeps_its_refusal_for_either_language(small_shop) -> None:
    card = Company.open(small_shop).card("churn")
    assert card.refusal.startswith("too little data: have 61 days of orders")
    assert card.refusal_words["template"] == "too little data: have {have}, need {need}"
    old = Card("churn", "2026-01-01", refusal="written before there were templates")
    assert old.refusal_words == {}


@pytest.fixture(scope="module")
def small_client(small_shop) -> TestClient:
    from dangol.faces.web import create_app

    return TestClient(create_app(Company.open(small_shop)), base_url=HOST, raise_server_exceptions=False)


@pytest.mark.parametrize("address", ["/models", "/models/churn"])
def test_pages_of_models_explain_a_refusal_in_the_readers_language(small_client, address) -> None:
    korean = small_client.get(address, headers={"Accept-Language": "ko"}).text
    english = small_client.get(address, headers={"Accept-Language": "en"}).text
    assert "현재: 주문 기간 61일" in korean
    assert "too little data" not in korean
    assert "too little data: have 61 days of orders" in english


def test_the_report_explains_a_refusal_in_its_language(small_shop) -> None:
    from dangol.faces.report import build_report

    company = Company.open(small_shop)
    assert "현재: 주문 기간 61일" in build_report(company, "ko")
    assert "have 61 days of orders" in build_report(company, "en")


def test_the_api_sends_a_refusal_in_both_languages(small_client) -> None:
    card = small_client.get("/api/v1/predictions/churn").json()
    assert card["refusal"].startswith("too little data: have 61 days of orders")
    assert card["refusal_ko"].startswith("데이터가 부족합니다. (현재: 주문 기간 61일")
    assert "refusal_words" not in card


PROBLEMS = [
    ("/api/v1/questions/chrn/answer", 404, "unknown_name", "unknown question 'chrn'", "'chrn'이라는 질문이 없습니다."),
    ("/api/v1/audience?rule=order_cuont+%3E+2", 422, "config", "cannot be used", "쓸 수 없습니다."),
    ("/api/v1/customers?limit=many", 422, "config", "1 problem in the request", "요청에 고칠 곳이 1군데 있습니다."),
    ("/api/v1/nothing", 404, "unknown_name", "there is nothing under this address", "이 주소에는 아무것도 없습니다."),
    ("/api/v1/customers/99999999", 404, "unknown_name", "unknown customer 99999999", "99999999번 고객이 없습니다."),
]


@pytest.mark.parametrize(("address", "status", "code", "english", "korean"), PROBLEMS)
def test_problem_documents_speak_the_language_asked_for(client, address, status, code, english, korean) -> None:
    for header, language, detail in (("en", "en", english), ("ko-KR,ko;q=0.9", "ko", korean), ("", "en", english)):
        found = client.get(address, headers={"Accept-Language": header} if header else {})
        body = found.json()
        assert (found.status_code, body["status"], body["type"]) == (status, status, f"urn:dangol:problem:{code}")
        assert found.headers["content-language"] == language
        assert detail in body["detail"]
        assert bool(HANGUL.search(body["title"])) == (language == "ko")
        for line in body.get("problems", ()):
            assert bool(HANGUL.search(line)) == (language == "ko")


@pytest.mark.parametrize(
    ("address", "english", "korean"),
    [
        ("/ask/chrn", "unknown question &#39;chrn&#39;", "&#39;chrn&#39;이라는 질문이 없습니다."),
        ("/ask/Q1?months=x", "is not int", "정수가 아닙니다."),
        ("/customers?rule=order_cuont+%3E+2", "unknown column &#39;order_cuont&#39;", "&#39;order_cuont&#39;라는 열이 없습니다."),
        ("/customers?margin=many", "&#39;many&#39; is not a number", "&#39;many&#39;는 숫자가 아닙니다"),
    ],
)
def test_pages_name_mistakes_in_the_readers_language(client, address, english, korean) -> None:
    shown = {lang: client.get(address, headers={"Accept-Language": lang}).text for lang in ("en", "ko")}
    assert english in shown["en"]
    assert korean in shown["ko"]
    assert english not in shown["ko"]
