"""Settings files: every problem at once with its line, and no secret ever repeated."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from dangol.core.config import SecretName, json_schema, read_settings, secret
from dangol.core.errors import ConfigError
from dangol.intake import SourceSettings


class Company(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    zone: str = "Asia/Seoul"
    quiet_from: str = "21:00"


class Root(BaseModel):
    model_config = ConfigDict(extra="forbid")
    company: Company
    sources: list[SourceSettings] = []
    mail_password_env: SecretName | None = None
    limit: int = 3


GOOD = """
company:
  name: 다온
  quiet_from: 21:00
sources:
  - name: shop
    files: [orders.csv]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "dangol.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as found:
        read_settings(write(folder, text), Root)
    return found.value.problems


def test_reads_values_and_keeps_times_as_text(tmp_path):
    settings = read_settings(write(tmp_path, GOOD), Root)
    assert settings.company.quiet_from == "21:00"
    assert settings.sources[0].files == ("orders.csv",)


def test_unknown_key_has_line_and_suggestion(tmp_path):
    (line,) = problems(tmp_path, GOOD + "    tabel: orders\n")
    assert line.startswith("dangol.yaml:8 sources[0].tabel: unknown key, did you mean 'table'")


def test_all_problems_at_once(tmp_path):
    found = problems(tmp_path, "company:\n  zone: Asia/Seoul\nlimit: many\nmail_password_env: hunter2 is secret\ncolor: red\n")
    assert [line.split(": ")[0] for line in found] == [
        "dangol.yaml:1 company.name",
        "dangol.yaml:4 mail_password_env",
        "dangol.yaml:3 limit",
        "dangol.yaml:5 color",
    ]
    assert "found 'many'" in found[2]
    assert "hunter2" not in " ".join(found)


def test_duplicate_key_is_a_problem(tmp_path):
    assert problems(tmp_path, "company:\n  name: a\nlimit: 1\nlimit: 2\n") == (
        "dangol.yaml:4 limit: written twice, first on line 3",
    )


def test_secret_in_the_file_is_pointed_to_the_environment(tmp_path):
    (line,) = problems(tmp_path, "company:\n  name: a\n  password: hunter2\n")
    assert "password_env" in line
    assert "hunter2" not in line


@pytest.mark.parametrize(
    ("text", "said"), [("", "empty"), ("company:\n\tname: a\n", "line 2: a tab"), ("- a\n", "key: value"), ("a: [1\n", "line 2")]
)
def test_broken_files(tmp_path, text, said):
    with pytest.raises(ConfigError, match=r"dangol\.yaml") as found:
        read_settings(write(tmp_path, text), Root)
    assert said in str(found.value)


def test_missing_file_hints_at_init(tmp_path):
    with pytest.raises(ConfigError) as found:
        read_settings(tmp_path / "dangol.yaml", Root)
    assert "dangol init" in found.value.hint


def test_environment_wins_and_is_named_in_problems(tmp_path, monkeypatch):
    monkeypatch.setenv("DANGOL__COMPANY__NAME", "다른 가게")
    monkeypatch.setenv("DANGOL__SOURCES__0__DATE_ORDER", "mdy")
    settings = read_settings(write(tmp_path, GOOD), Root)
    assert (settings.company.name, settings.sources[0].date_order) == ("다른 가게", "mdy")
    monkeypatch.setenv("DANGOL__LIMIT", "many")
    assert problems(tmp_path, GOOD)[0].startswith("DANGOL__LIMIT limit:")


def test_secrets_come_from_environment_or_file(tmp_path, monkeypatch):
    file = tmp_path / "secrets"
    file.write_text("# ours\nSHOP_DB_PASSWORD = 'pass word'\n")
    monkeypatch.setenv("DANGOL_SECRETS_FILE", str(file))
    assert secret("SHOP_DB_PASSWORD") == "pass word"
    monkeypatch.setenv("SHOP_DB_PASSWORD", "other")
    assert secret("SHOP_DB_PASSWORD") == "other"
    with pytest.raises(ConfigError, match="NOT_THERE"):
        secret("NOT_THERE")


def test_json_schema_names_every_key():
    schema = json_schema(Root)
    assert set(schema["properties"]) == set(Root.model_fields)
    assert schema["$defs"]["SourceSettings"]["additionalProperties"] is False
