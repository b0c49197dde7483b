"""A list of customers with a mark for those who left: from the file as delivered to chances, reasons, pages and a refusal."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from pydantic import PrivateAttr

from dangol.core.declare import Block
from dangol.faces.web import create_app
from dangol.predictions.listed_churn import ListedChurn
from dangol.workspace.adding import add_sources
from dangol.workspace.company import Company
from dangol.workspace.listed import JUDGES, Listed
from dangol.workspace.predict import CARD, SCORES, Card
from dangol.workspace.starting import start_company

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
# A complaint and a month-to-month contract drive people away; the region does not.
HEADERS = (
    "고객번호",
    "이름",
    "연락처",
    "이탈여부",
    "월요금",
    "약정 [구분]",
    '불만 "접수" 건수',
    "지역",
    "가입개월;수",
    "이탈 사유",
)


def chance_of(month_to_month: bool, complaints: int) -> float:
    """The truth of the invented company."""
    return float(1 / (1 + np.exp(-(-2.2 + 1.8 * month_to_month + 0.9 * complaints))))


def customer_rows(count: int, seed: int = 3) -> list[dict[str, str]]:
    """Customers as a Korean CRM would export them; why somebody left is written down afterwards."""
    dice, rows = Random(seed), []
    for place in range(count):
        monthly, complaints = dice.random() < 0.5, min(3, int(dice.expovariate(1.2)))
        left = dice.random() < chance_of(monthly, complaints)
        rows.append(dict(zip(HEADERS, (
            f"C{place:05d}", f"김{'가나다라마바사'[place % 7]}{'준서연우민지'[place % 6]}",
            f"010-{2000 + place % 7000}-{place:04d}",
            "이탈" if left else "유지", str(dice.choice([19_900, 29_900, 49_900])), "무약정" if monthly else "24개월",
            str(complaints), dice.choice(["서울", "부산", "대구"]), str(dice.randint(1, 60)),
            dice.choice(["요금", "품질", "이사"]) if left else "",
        ), strict=True)))  # fmt: skip
    return rows


def text_of(rows: Sequence[Mapping[str, str]]) -> str:
    written = io.StringIO()
    writer = csv.DictWriter(written, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()


def company_of(base: Path, *files: Path) -> Company:
    """A company as a new user makes one: settings of three lines, files added, a run."""
    start_company(base, name="통신", zone="Asia/Seoul", currency="KRW", language="ko")
    add_sources(base, list(files))
    company = Company.open(base)
    company.run()
    return company


def card_and_scores(company: Company) -> tuple[Card, Path]:
    folder = company.root / company.snapshot.meta["cards"]["listed_churn"]
    return Card.read(folder / CARD), folder / SCORES


@pytest.fixture(scope="module")
def telecom(tmp_path_factory: pytest.TempPathFactory) -> tuple[Company, list[dict[str, str]]]:
    base, rows = tmp_path_factory.mktemp("telecom"), customer_rows(3_000)
    path = base / "회원.csv"
    path.write_text(text_of(rows), encoding="utf-8")
    return company_of(base, path), rows


def by_number(company: Company) -> dict[str, int]:
    return {
        row["customer_ref"]: row["customer_id"]
        for row in company.snapshot.duck.rows("select customer_ref, customer_id from identity_map")
    }


def test_the_file_is_understood_as_a_list_of_who_left_and_of_who_they_are(telecom: tuple[Company, list[dict[str, str]]]) -> None:
    company, rows = telecom
    duck = company.snapshot.duck
    left = sum(row["이탈여부"] == "이탈" for row in rows)
    assert duck.value("select count(*) from profile where has_left") == left
    assert duck.value("select count(*) from facts_people where customer_name is not null and phone is not null") == len(rows)
    assert duck.value("select count(*) from profile where listed_fee > 0") == len(rows)
    kept = duck.value("select max(attributes) from facts_churn_labels")
    assert "약정 [구분]" in kept
    assert "010-" not in kept


def test_chances_are_those_of_the_truth_for_everybody_who_is_still_there(telecom: tuple[Company, list[dict[str, str]]]) -> None:
    company, rows = telecom
    numbers = by_number(company)
    truth = {numbers[row["고객번호"]]: chance_of(row["약정 [구분]"] == "무약정", int(row['불만 "접수" 건수'])) for row in rows}
    found = company.snapshot.duck.rows("select customer_id, listed_churn_probability as chance, has_left from profile")
    assert all((row["chance"] is None) == row["has_left"] for row in found)
    pairs = np.array([(row["chance"], truth[row["customer_id"]]) for row in found if not row["has_left"]])
    assert np.corrcoef(pairs.T)[0, 1] > 0.9
    assert np.abs(pairs[:, 0] - pairs[:, 1]).mean() < 0.08


def test_nobody_is_scored_by_a_model_that_he_taught() -> None:
    """Who is still there teaches that such customers stay, so that a model that remembers him would call him safe."""
    numbers = np.arange(1, 5_001)
    block = Block(numbers, {"a": np.zeros(5_000)}, {"churned": (numbers % 4 == 0).astype(float)})
    listed, predictor = Listed(block, numbers % 4 != 0), Remembering()
    scored = []
    for part in listed.taught_by_others(predictor):
        assert not predictor.taught & set(part.customer_id.tolist())
        scored += part.customer_id.tolist()
    assert sorted(scored) == numbers[numbers % 4 != 0].tolist()
    assert len(predictor.taught) == pytest.approx(4_000, abs=200)
    # those who left judge as well; only the fold by which the model was chosen does not
    chose = listed.parted(JUDGES, 10_000)[1].customer_id.tolist()
    assert sorted([*predictor.judging, *chose]) == numbers.tolist()


class Remembering(ListedChurn.model):  # type: ignore[name-defined, misc]
    """Remembers who taught it last."""

    _taught: set[int] = PrivateAttr(default_factory=set)

    @property
    def taught(self) -> set[int]:
        return self._taught

    _judging: list[int] = PrivateAttr(default_factory=list)

    @property
    def judging(self) -> list[int]:
        return self._judging

    def fit(self, blocks: Sequence[Block]) -> None:
        self._taught = {each for block in blocks for each in block.customer_id.tolist()}

    def hold_out(self, block: Block) -> None:
        assert not self._taught & set(block.customer_id.tolist())
        self._judging += block.customer_id.tolist()


def test_what_was_written_down_afterwards_is_left_out_and_the_cause_is_named(
    telecom: tuple[Company, list[dict[str, str]]],
) -> None:
    company, rows = telecom
    card, path = card_and_scores(company)
    assert [(each["column"], each["verdict"]) for each in card.leaks] == [("이탈 사유", "left_out")]
    assert card.judgement is not None
    assert card.judgement.good_enough
    ranked = sorted(card.judgement.importance, key=lambda name: -card.judgement.importance[name])  # type: ignore[union-attr]
    assert set(ranked[:2]) == {"약정 [구분]", '불만 "접수" 건수'}
    assert card.judgement.metrics["chosen"]["brier"] < card.judgement.metrics["one_column"]["brier"]
    assert not card.validation
    complaining = {row["고객번호"] for row in rows if int(row['불만 "접수" 건수']) >= 2 and row["약정 [구분]"] == "24개월"}
    numbers = by_number(company)
    table = pq.read_table(path).to_pylist()
    causes = {row["customer_id"]: row["listed_churn_cause"] for row in table}
    named = [causes[numbers[each]] for each in complaining if numbers[each] in causes]
    assert named.count("service") > 0.9 * len(named) > 0
    assert not any(";수" in str(row["reasons"]) for row in table)


def test_pages_and_question_show_them(telecom: tuple[Company, list[dict[str, str]]]) -> None:
    company, _ = telecom
    _, answer = company.ask("K5")
    assert answer.answerable
    names = [column[0] for column in answer.columns]
    rows = [dict(zip(names, row, strict=True)) for row in answer.rows]
    stakes = company.snapshot.duck.rows("""
        select customer_id from profile where listed_churn_probability is not null
        order by listed_churn_probability * cast(listed_fee as double) desc, listed_churn_probability desc, customer_id
        limit 100""")
    assert [row["customer_id"] for row in rows] == [row["customer_id"] for row in stakes]
    with TestClient(create_app(company), base_url="http://127.0.0.1") as client:
        for path in ("/keep", "/customers", "/models/listed_churn", f"/customers/{rows[0]['customer_id']}"):
            for language in ("ko", "en"):
                assert client.get(path, headers={"accept-language": language}).status_code == 200
        keep = client.get("/keep", headers={"accept-language": "en"}).text
        assert "K5" in keep
        assert "Whom to look after now" in keep
        person = client.get(f"/customers/{rows[0]['customer_id']}", headers={"accept-language": "ko"}).text
        assert "약정 [구분](무약정): 높이는 쪽" in person


def test_the_work_list_is_ranked_by_chance_and_fees_and_leaves_out_who_refused_calls(
    telecom: tuple[Company, list[dict[str, str]]],
) -> None:
    company, _ = telecom
    lists = company.worklists
    assert lists.kinds == ("contracts",)
    found = lists.plan(lists.asked("", 2, 10))
    rows = company.snapshot.duck.rows("""
        select customer_id, listed_churn_probability * 12 * cast(listed_fee as double) as worth from profile
        where listed_churn_probability > 0 order by worth desc, customer_id""")
    assert [row["customer_id"] for row in found.rows] == [row["customer_id"] for row in rows[:12]]
    assert found.worth == pytest.approx(sum(row["worth"] for row in rows[:12]))
    assert found.total == pytest.approx(sum(row["worth"] for row in rows))
    first = pa.table({"customer_id": [rows[0]["customer_id"]], "channel": ["call"]})
    left = replace(lists, suppressed=first).plan(lists.asked("", 2, 10))
    assert left.rows[0]["customer_id"] == rows[1]["customer_id"]
    assert left.uncallable == 1


def test_shuffled_marks_are_declared_not_good_enough(tmp_path: Path) -> None:
    rows, dice = customer_rows(1_500), Random(9)
    marks = [row["이탈여부"] for row in rows]
    dice.shuffle(marks)
    for row, mark in zip(rows, marks, strict=True):
        row["이탈여부"], row["이탈 사유"] = mark, ""
    path = tmp_path / "members.csv"
    path.write_text(text_of(rows), encoding="utf-8")
    company = company_of(tmp_path, path)
    card, _ = card_and_scores(company)
    assert card.judgement is not None
    assert not card.judgement.good_enough
    assert card.scored == 0
    assert "listed_churn_probability" not in company.snapshot.columns


@pytest.mark.parametrize(
    ("rows", "have"),
    [
        (customer_rows(30), "customers who left"),
        ([{**row, "이탈여부": "유지"} for row in customer_rows(400)], "0 customers who left"),
        ([{**row, "이탈여부": "이탈"} for row in customer_rows(400)], "0 who stayed"),
    ],
    ids=["thirty", "nobody left", "everybody left"],
)
def test_too_few_of_either_are_refused_with_what_is_there_and_what_is_needed(
    tmp_path: Path, rows: list[dict[str, str]], have: str
) -> None:
    path = tmp_path / "members.csv"
    path.write_text(text_of(rows), encoding="utf-8")
    card, _ = card_and_scores(company_of(tmp_path, path))
    assert have in str(card.refusal)
    assert "need 50 of each" in str(card.refusal)


def test_a_mark_that_says_neither_is_quarantined_with_its_row(tmp_path: Path) -> None:
    rows = customer_rows(400)
    rows[7]["이탈여부"] = "모름"
    path = tmp_path / "members.csv"
    path.write_text(text_of(rows), encoding="utf-8")
    company = company_of(tmp_path, path)
    assert company.snapshot.duck.value("select count(*) from facts_churn_labels") == 399


@pytest.mark.parametrize(("name", "auc", "brier"), [("telco_churn_ibm", 0.82, 0.145), ("ecommerce_churn", 0.95, 0.06)])
def test_real_lists_work_as_a_new_user_adds_them(tmp_path: Path, name: str, auc: float, brier: float) -> None:
    """Near what the same learner reaches over ten folds (docs/benchmarks.md); no column of these lists knows the outcome."""
    path = DATA / name / "customers.parquet"
    if not path.exists():
        pytest.skip("needs ../shared/data")
    card, scores = card_and_scores(company_of(tmp_path, path))
    assert card.judgement is not None
    assert card.judgement.good_enough
    assert card.judgement.metrics["chosen"]["auc"] >= auc
    assert card.judgement.metrics["chosen"]["brier"] <= brier
    assert not [each for each in card.leaks if each["verdict"] == "left_out"]
    assert pq.read_table(scores).num_rows == card.scored
