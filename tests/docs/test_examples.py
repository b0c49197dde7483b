"""The examples of the documents work as they are written: own data, a question, a feature, a prediction, rules, settings."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.docs.conftest import DOCS, blocks, documents
from typer.testing import CliRunner

from dangol.core.rules import parse
from dangol.faces.cli import app
from dangol.workspace.company import Company
from dangol.workspace.registry import discover
from dangol.workspace.settings import load_settings

PLACE = re.compile(r"# (?P<place>[\w/]+\.\w+)\n")
CUSTOM = [(path, text) for path in documents() for text in blocks(path, "python") if PLACE.match(text)]
YAML = [(path, text) for path in documents() for text in blocks(path, "yaml") if text.startswith("# dangol.yaml")]


def dangol(*words: object) -> str:
    """Run a command as people type it; returns what it printed."""
    done = CliRunner().invoke(app, ["--lang", "en", *(str(word) for word in words)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="session")
def shop(shop_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company made with the five commands, holding every custom file of the documents."""
    folder = tmp_path_factory.mktemp("docs") / "shop"
    dangol("init", folder, "--name", "커피가게")
    dangol("add", *sorted(shop_files.iterdir()), "--folder", folder)
    for _, text in CUSTOM:
        place = PLACE.match(text)
        assert place is not None
        path = folder / place["place"]
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    report = dangol("doctor", "--folder", folder)
    assert "0 quarantined" in report
    dangol("run", "--folder", folder, "--quiet")
    return folder


def test_there_are_examples() -> None:
    names = {path.name for path, _ in CUSTOM}
    assert names >= {"add-a-question.md", "add-a-feature.md", "add-a-prediction.md", "own-data.md"}
    assert len(YAML) >= 3


@pytest.mark.parametrize(("path", "text"), CUSTOM, ids=lambda value: value.name if isinstance(value, Path) else "")
def test_custom_files_declare_something(path: Path, text: str, tmp_path: Path) -> None:
    (tmp_path / "example.py").write_text(text, encoding="utf-8")
    declared = [each for each in discover(tmp_path).declarations if each.file.parent == tmp_path]
    assert declared, path
    assert all(each.ko and each.en and each.summary for each in declared)


@pytest.mark.parametrize(("path", "text"), YAML, ids=lambda value: value.name if isinstance(value, Path) else "")
def test_settings_are_valid(path: Path, text: str, tmp_path: Path) -> None:
    company = "" if "\ncompany:" in text else "company:\n  name: example\n"
    (tmp_path / "dangol.yaml").write_text(text + company, encoding="utf-8")
    assert load_settings(tmp_path).company.name, path


def test_own_data_become_answers(shop: Path) -> None:
    listed = json.loads(dangol("ask", "--folder", shop, "--json"))
    said = {each["name"]: each["sentence"] for each in listed}
    assert "240" in said["customers_by_stage"]
    assert said["acquisition_cost"] == "", "there is no spend"


def test_the_custom_question_is_answered(shop: Path) -> None:
    answer = json.loads(dangol("ask", "Q201", "--folder", shop, "--json"))
    later = json.loads(dangol("ask", "evening_sales", "--option", "from_hour=23", "--folder", shop, "--json"))
    assert answer["answerable"]
    assert answer["headline"]["evening_share"] == pytest.approx(6 / 24, abs=0.05), "hours are drawn evenly"
    assert later["headline"]["evening_share"] == pytest.approx(1 / 24, abs=0.03)
    assert "from_hour" not in [column[0] for column in answer["columns"]]


def test_the_custom_feature_is_in_the_profile(shop: Path) -> None:
    company = Company.open(shop)
    rows = company.snapshot.duck.rows(
        "SELECT sum(monday_order_count) AS mondays, sum(order_count) AS orders, max(monday_order_share) AS most FROM profile"
    )
    assert rows[0]["mondays"] / rows[0]["orders"] == pytest.approx(1 / 7, abs=0.03)
    assert rows[0]["most"] <= 1
    assert company.customers.count("monday_order_share > 0.5") > 0


def test_the_custom_prediction_scores_or_refuses(shop: Path) -> None:
    card = Company.open(shop).card("next_month")
    assert card.judgement is not None, card.refusal
    assert card.judgement.metrics["logistic"]["brier"] < card.judgement.metrics["base_rate"]["brier"]
    assert Company.open(shop).customers.count("next_month_probability > 0") == card.scored > 0


def rules() -> list[str]:
    """Rules that the documents show, one a line."""
    first = next(blocks(DOCS / "how-to" / "write-audience-rules.md", "text"))
    return first.strip().splitlines()


@pytest.mark.parametrize("rule", rules())
def test_rules_parse(rule: str) -> None:
    assert parse(str(parse(rule))) == parse(rule)


def test_a_rule_selects_and_is_read_back(shop: Path) -> None:
    shown = dangol("audience", 'bought(category="커피", days=180) >= 2 and not has_consent(channel="kakao")', "--folder", shop)
    assert "Customers who bought" in shown
