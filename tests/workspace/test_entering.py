"""Entering figures: the settings file says what was entered and nothing else changes in it; wrong figures change nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from dangol.core.errors import ConfigError, UnknownName
from dangol.core.store import Audit
from dangol.core.text import tell
from dangol.workspace.company import Company
from dangol.workspace.entering import number_of
from dangol.workspace.settings import load_settings

WRITTEN = """# our shop
company: {name: 가게}   # who we are

benchmarks:
# of the association
- figure: repeat_share   # of all buyers
  value: 0.4
  source: "협회 2024"   # page 12
# of the statistics office
- figure: market_total
  category: 커피
  value: 8000000000
  source: 통계청 2025

# decided in March
plan:
  yearly_budget: 1000   # of the board

  # what things cost
  return_cost: 2500

# no sources yet
sources: []
# the end
"""
COMMENTS = [line[line.index("#") :] for line in WRITTEN.splitlines() if "#" in line]
NEW = {"figure": "average_order_value", "value": 41_000, "source": "yearbook 2025"}


@pytest.fixture
def company(tmp_path: Path) -> Company:
    (tmp_path / "dangol.yaml").write_text(WRITTEN, encoding="utf-8")
    return Company.open(tmp_path)


def text_of(company: Company) -> str:
    return (company.base / "dangol.yaml").read_text(encoding="utf-8")


def trail(company: Company) -> list[tuple[str, str, str]]:
    with company.store.session() as session:
        return [(row.who, row.what, row.reason) for row in session.scalars(select(Audit).order_by(Audit.audit_id))]


def test_a_new_figure_is_added_below_the_others(company: Company) -> None:
    company.entering.enter(NEW, who="kim")
    expected = WRITTEN.replace(
        "  source: 통계청 2025\n",
        "  source: 통계청 2025\n- figure: average_order_value\n  value: 41000\n  source: yearbook 2025\n",
    )
    assert text_of(company) == expected
    assert company.settings.benchmarks[-1].value == 41_000
    assert trail(company) == [("kim", "figure average_order_value: 41000", "yearbook 2025")]


@pytest.mark.parametrize(
    ("said", "before", "after"),
    [
        ({"figure": "repeat_share", "value": 0.35, "source": "협회 2024"}, "value: 0.4\n", "value: 0.35\n"),
        ({"figure": "market_total", "category": "커피", "value": 9e9, "source": " 통계청\n2025 "}, "8000000000", "9000000000"),
    ],
)
def test_the_same_figure_is_replaced_where_it_stands(company: Company, said, before: str, after: str) -> None:
    company.entering.enter(said, who="kim")
    assert text_of(company) == WRITTEN.replace(before, after)


def test_another_category_is_another_figure(company: Company) -> None:
    company.entering.enter({"figure": "market_total", "value": 5e10, "source": "통계청 2025"}, who="kim")
    assert [each.key for each in company.settings.benchmarks] == [
        ("repeat_share", ""), ("market_total", "커피"), ("market_total", "")
    ]  # fmt: skip


def test_doubles_written_by_hand_become_one(tmp_path: Path) -> None:
    line = "  - {figure: repeat_share, value: 0.4, source: 협회 2024}\n"
    (tmp_path / "dangol.yaml").write_text(f"company: {{name: a}}\nbenchmarks:\n{line}  # again\n{line}# end\n", encoding="utf-8")
    company = Company.open(tmp_path)
    company.entering.enter({"figure": "repeat_share", "value": 0.3, "source": "협회 2025"}, who="kim")
    assert [each.value for each in company.settings.benchmarks] == [0.3]
    assert "# again" in text_of(company)
    assert text_of(company).endswith("# end\n")


def test_removing_keeps_what_stands_around_and_the_last_takes_the_list(company: Company) -> None:
    company.entering.remove("market_total", "커피", who="kim")
    removed = "- figure: market_total\n  category: 커피\n  value: 8000000000\n  source: 통계청 2025\n"
    assert text_of(company) == WRITTEN.replace(removed, "")
    company.entering.remove("repeat_share", who="kim")
    assert "benchmarks" not in text_of(company)
    assert "# decided in March\nplan:\n  yearly_budget: 1000   # of the board\n" in text_of(company)
    assert company.settings.benchmarks == []
    assert [what for _, what, _ in trail(company)] == ["figure market_total 커피 removed", "figure repeat_share removed"]


@pytest.mark.parametrize("key", [("acquisition_cost", ""), ("market_total", ""), ("market_total", "차")])
def test_what_nobody_entered_cannot_be_removed(company: Company, key: tuple[str, str]) -> None:
    with pytest.raises(UnknownName):
        company.entering.remove(*key, who="kim")
    assert text_of(company) == WRITTEN


@pytest.mark.parametrize(
    ("said", "problems"),
    [
        ({"figure": "repeat_share", "value": 40, "category": "커피", "source": " "},
         ["between 0 and 1", "no category", "at least 3"]),
        ({"figure": "happiness", "value": "viel", "source": "협회\x07 2025"}, ["must be one of", "must be a number", "control"]),
        ({"figure": "lifetime_value", "value": float("nan"), "source": "협회 2025"}, ["must be a number"]),
        ({"figure": "lifetime_value", "value": float("inf"), "source": "협회 2025"}, ["must be a number"]),
        ({"figure": "lifetime_value", "value": 1e300, "source": "협회 2025"}, ["must be at most 1,000,000,000,000,000"]),
        ({"figure": "lifetime_value", "value": 0, "source": "협회 2025"}, ["must be at least 0.0001"]),
    ],
)  # fmt: skip
def test_wrong_figures_are_refused_with_every_problem_and_nothing_is_written(company: Company, said, problems) -> None:
    with pytest.raises(ConfigError) as wrong:
        company.entering.enter(said, who="kim")
    assert len(wrong.value.problems) == len(problems)
    for expected, told in zip(problems, wrong.value.problems, strict=True):
        assert expected in told
        assert any("가" <= letter <= "힣" for letter in tell(told, "ko").split(": ", 1)[1])
    assert text_of(company) == WRITTEN
    assert trail(company) == []


def test_the_plan_is_changed_in_place_and_defaults_are_not_written(company: Company) -> None:
    plan = {"yearly_budget": 2000.0, "return_cost": 0, "conversation_cost": 300,
            "purposes": {"acquire": {"lowest": 5, "highest": 900}, "grow": {"lowest": 0}},
            "channels": {"naver": {"highest": 80}, "meta": {}}}  # fmt: skip
    company.entering.set_plan(plan, who="lee")
    after = text_of(company)
    assert "  yearly_budget: 2000   # of the board\n" in after
    assert "return_cost" not in after
    assert "grow" not in after
    assert "meta" not in after
    assert "  conversation_cost: 300\n  purposes:\n    acquire:\n      lowest: 5\n      highest: 900\n" in after
    assert "  channels:\n    naver:\n      highest: 80\n\n# no sources yet\nsources: []\n" in after
    assert [comment for comment in COMMENTS if comment not in after] == []
    assert trail(company) == [("lee", "plan: channels, conversation_cost, purposes, return_cost, yearly_budget", "")]
    company.entering.set_plan({}, who="lee")
    assert "plan" not in load_settings(company.base).model_fields_set
    assert "# no sources yet\nsources: []\n# the end\n" in text_of(company)


def test_some_of_the_plan_is_changed_and_the_rest_stays(company: Company) -> None:
    company.entering.change_plan({"yearly_budget": 7}, who="lee")
    assert text_of(company) == WRITTEN.replace("yearly_budget: 1000   #", "yearly_budget: 7      #")
    assert company.settings.plan.return_cost == 2500


def test_a_wrong_plan_is_refused_with_every_problem_and_nothing_is_written(company: Company) -> None:
    plan = {"yearly_budget": -1, "purposes": {"retain": {"lowest": 5, "highest": 1}, "grow": {"effect": 3}},
            "channels": {"naver": {"lowest": "x"}}}  # fmt: skip
    with pytest.raises(ConfigError) as wrong:
        company.entering.set_plan(plan, who="lee")
    assert [str(each).partition(":")[0] for each in wrong.value.problems] == ["Money of a year", "Retain", "Grow", "naver"]
    assert tell(wrong.value.problems[0], "ko") == "연간 금액: 0 이상이어야 합니다."
    assert text_of(company) == WRITTEN


def test_before_the_first_run_there_are_figures_but_none_of_our_own(company: Company) -> None:
    found = company.entering
    assert [(each.figure, each.own, each.standing) for each in found.all()] == [
        ("repeat_share", None, "unknown"), ("market_total", None, "unknown")
    ]  # fmt: skip
    assert (found.categories, found.channels) == ([], [])


@pytest.mark.parametrize(
    ("text", "is_share", "expected"),
    [
        ("8,000,000,000", False, 8_000_000_000), ("0.35", True, 0.35), ("35%", True, 0.35), ("33.3 %", True, 0.333),
        (" ", False, None), ("35%", False, "35%"), ("0,35", True, "0,35"), ("1억", False, "1억"), ("nan", False, "nan"),
        ("1_000", False, "1_000"),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_type_them(text: str, is_share: bool, expected) -> None:
    assert number_of(text, is_share=is_share) == expected
