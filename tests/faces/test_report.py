"""The report: one file that needs nothing else, says what the snapshot says, and names nobody."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from dangol.core.text import LANGUAGES
from dangol.faces.cli import app
from dangol.faces.html import Reader
from dangol.faces.report import build_report, write_report
from dangol.faces.report.build import model_line
from dangol.workspace.company import Company
from dangol.workspace.summary import card_lines


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_says_every_answer(company: Company, language: str) -> None:
    report = build_report(company, language)
    assert f'<html lang="{language}">' in report
    plain = re.sub(r"\s+", " ", unescape(report))
    reader = Reader.of(company, language)
    for name, question in company.registry.questions.items():
        answer = company.snapshot.answer(name)
        assert question.title(language) in plain
        if answer is not None and answer.answerable:
            assert re.sub(r"\s+", " ", reader.sentence(question, answer)) in plain


def test_the_report_is_one_file_without_scripts(company: Company) -> None:
    report = build_report(company, "ko")
    assert "<script" not in report
    assert "src=" not in report
    assert "href=" not in report
    assert len(report.encode()) < 1_000_000
    pictures = re.findall(r"<svg.*?</svg>", report, re.DOTALL)
    assert len(pictures) >= 10
    for picture in pictures:
        assert ET.fromstring(picture).attrib["role"] == "img"


def test_the_report_names_nobody(company: Company) -> None:
    report = build_report(company, "en")
    rows = company.snapshot.duck.cursor().rows("SELECT phone, email FROM people WHERE phone IS NOT NULL OR email IS NOT NULL")
    assert not [value for row in rows for value in row.values() if value and str(value) in report]


def test_the_report_tells_models_and_campaigns(company: Company) -> None:
    report = build_report(company, "en")
    (campaign,) = company.programmes.campaigns()
    assert company.lift(campaign.campaign_id).sentence("en").replace("'", "&#39;") in report
    for name in company.cards():
        assert company.registry.predictions[name].title("en") in report


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_figure_without_rule_or_later_time_claims_neither(company: Company, client: TestClient, language: str) -> None:
    """Share of wallet without a survey is compared with no rule; churn is judged on later time beside one."""
    later, beside = {"ko": ("이후 기간 검증", "단순 규칙"), "en": ("on later time", "best simple rule")}[language]
    lines = dict(zip(company.cards(), card_lines(company, language), strict=True))
    reader = Reader.of(company, language)
    for name, said in (("churn", True), ("wallet", False)):
        page = client.get(f"/models/{name}", params={"lang": language}).text
        proof = re.search(r'<p class="sentence">(.*?)</p>', page)
        assert proof is not None
        for place in (lines[name], proof[1], model_line(company, name, company.cards()[name], reader)[1]):
            assert (later in place) is (beside in place) is said, place


def test_the_command_writes_it(company: Company, tmp_path: Path) -> None:
    target = tmp_path / "new" / "report.html"
    done = CliRunner().invoke(app, ["--lang", "en", "report", "--to", str(target), "--folder", str(company.base)])
    assert done.exit_code == 0
    assert target.read_text(encoding="utf-8") == build_report(company, "en")
    assert write_report(company, target, "ko") == target.stat().st_size
