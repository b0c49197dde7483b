"""Champions over whole runs: a worse fit does not replace one, a run steps back, and a change of code does not end a reign."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

import dangol
from dangol.workspace.company import Company
from dangol.workspace.model_history import drift_words, duel_words
from dangol.workspace.standing import kept_models, worse

END, DAY = datetime(2026, 6, 30), timedelta(days=1)
BEFORE = END - 100 * DAY
OTHERS = ("churn", "lifetime_value", "second_order", "repurchase_30", "repurchase_90", "first_order", "next_order", "wallet")
FEES = (5_000, 10_000, 15_000, 20_000, 25_000)
# What moves the log-odds of an end within ten days by plan and by step of the fee; for some weeks records tell other stories.
TRUTH, FEE_MUTE, TURNED = (1.5, 0.6), (1.5, 0.0), (-1.5, -0.6)


def subscribers(folder: Path, story: tuple[float, float]) -> Path:
    """1,800 subscribers of 330 days; from 95 to 30 days before the end, contracts end by another story than before and after."""
    dice, contracts, invoices = Random(5), [], []
    for customer in range(1_800):
        plan, step = dice.choice(["basic", "plus"]), dice.randrange(len(FEES))
        start = at = END - DAY * dice.uniform(35, 330)
        ended = ""
        while at < END and not ended:
            by_plan, by_fee = story if END - 95 * DAY <= at < END - 30 * DAY else TRUTH
            moved = -3.6 + by_plan * (0.5 if plan == "basic" else -0.5) + by_fee * (step - 2)
            if dice.random() < 1 / (1 + math.exp(-moved)):
                ended = f"{at + DAY * dice.uniform(0, 10):%Y-%m-%d %H:%M:%S}"
            at += 10 * DAY
        invoices += [
            f"{customer}-{number},c{customer},{start + 30 * DAY * number:%Y-%m-%d},{plan},1,{FEES[step]}" for number in range(2)
        ]
        contracts.append(f"k{customer},c{customer},{start:%Y-%m-%d %H:%M:%S},{plan},{FEES[step]},{ended}")
    folder.mkdir(parents=True)
    for name, header, rows in (
        ("invoices", "order_id,customer_ref,ordered_at,product_id,quantity,net_amount", invoices),
        ("contracts", "contract_id,customer_ref,started_at,plan,monthly_fee,ended_at", contracts),
    ):
        (folder / f"{name}.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    off = "".join(f"  {name}: {{active: false}}\n" for name in OTHERS)
    (folder / "dangol.yaml").write_text(
        "company: {name: 구독, zone: UTC, currency: KRW}\nengine: {threads: 1}\nsources:\n"
        "  - {name: invoices, files: [invoices.csv], table: order_lines, system: shop}\n"
        f"  - {{name: contracts, files: [contracts.csv], table: contracts, system: shop}}\npredictions:\n{off}",
        encoding="utf-8",
    )
    return folder


def lived(folder: Path, story: tuple[float, float]) -> Company:
    """The company after a run before the other story began, and one today."""
    company = Company.open(subscribers(folder, story))
    company.run(as_of=BEFORE)
    company.run(as_of=END)
    return company


@pytest.fixture(scope="module")
def settled(tmp_path_factory):
    """A company that ran once, before."""
    base = subscribers(tmp_path_factory.mktemp("settled") / "company", TRUTH)
    Company.open(base).run(as_of=BEFORE)
    return base


def kept(company: Company) -> list[datetime]:
    return [each.scored_at for each in kept_models(company.root, "UTC", "contract_churn").kept()]


def test_a_worse_fit_does_not_replace_the_champion(tmp_path):
    company = lived(tmp_path / "shop", FEE_MUTE)
    card = company.card("contract_churn")
    assert card.duel["outcome"] == "stays", card.duel
    assert card.duel["since"] == BEFORE.isoformat()
    assert worse(card.duel["challenger"], card.duel["champion"], higher_is_better=False)
    assert card.judgement.metrics["chosen"]["brier"] == card.duel["champion"]
    assert kept(company) == [BEFORE]
    by_step = company.snapshot.duck.rows("""
        select contract_fee as fee, avg(contract_churn_probability) as chance from profile
        where contract_churn_probability is not null group by all order by fee""")
    chances = [row["chance"] for row in by_step]
    assert chances[-1] > 1.5 * chances[0]  # as in truth, and not as in the weeks that the new fit learnt from

    (found,) = company.records.realised("contract_churn")
    (kept_scores,) = (company.root / "scores").glob(f"{BEFORE:%Y%m%d}*.parquet")
    duck = company.snapshot.duck.cursor()
    duck.view("past_scores", kept_scores)
    (row,) = duck.rows("""
        select count(*) as n, avg(contract_churn_probability) as expected,
               avg(exists (select 1 from facts_contracts c where c.customer_id = s.customer_id and c.ended_at >= scored_at
                   and c.ended_at < scored_at + interval 30 day)::int) as actual
        from past_scores s where contract_churn_probability is not null""")
    assert (found.customers, found.horizon_days, found.scored_at) == (row["n"], 30, BEFORE)
    assert (found.expected, found.actual) == (pytest.approx(row["expected"]), pytest.approx(row["actual"]))
    assert 0.5 < found.ranking < 1


def test_a_run_steps_back_where_the_new_fit_does_not_hold(tmp_path):
    company = lived(tmp_path / "shop", TURNED)
    card = company.card("contract_churn")
    assert card.duel["outcome"] == "stepped_back", card.duel
    assert card.judgement.good_enough
    assert card.scored > 500
    assert kept(company) == [BEFORE]
    (plus, basic) = company.snapshot.duck.rows("""
        select contract_plan as plan, avg(contract_churn_probability) as chance from profile
        where contract_churn_probability is not null group by all order by plan desc""")
    assert (plus["plan"], basic["plan"]) == ("plus", "basic")
    assert basic["chance"] > 1.5 * plus["chance"]
    assert duel_words(card, "en").startswith(f"Stepped back to the model of {BEFORE:%d %b %Y}")
    assert card.drift["found"]
    assert drift_words(card, [], {}, "en")[-1] == "What was done: the older model scores."


AGE = "days_between(as_of, ended_at)) + 1 as"
MEAN = "    mean: float = 0.0\n"
CHANGES = {
    "a remark": ("predictions/ending.py", MEAN, f"    # another version\n{MEAN}", ""),
    "a feature": ("features/contract.py", "count(*) as contract_count", "count(contract_id) as contract_count", "features"),
    "an outcome": ("predictions/contract_churn.py", AGE, AGE.replace("1", "2"), "outcome"),
    "a part": ("predictions/ending.py", MEAN, f"{MEAN}    more: float = 1.0\n", "build"),
}


@pytest.mark.parametrize("change", list(CHANGES))
def test_a_champion_outlives_a_change_of_code_unless_what_it_rests_on_changed(settled, tmp_path, change):
    file, old, new, why = CHANGES[change]
    package = tmp_path / "other" / "dangol"
    shutil.copytree(Path(dangol.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    text = (package / file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (package / file).write_text(text.replace(old, new), encoding="utf-8")
    base = tmp_path / "shop"
    shutil.copytree(settled, base)
    program = f"""
from datetime import datetime
from pathlib import Path
import dangol
from dangol.workspace.company import Company
from dangol.workspace.stages import code_version
company = Company.open(Path({str(base)!r}))
company.run(as_of=datetime({END:%Y, %-m, %-d}))
print(dangol.__file__)
print(code_version())"""
    there = {**os.environ, "PYTHONPATH": str(package.parent)}
    told = subprocess.run([sys.executable, "-c", program], env=there, check=True, capture_output=True, text=True)
    assert told.stdout.splitlines()[0] == str(package / "__init__.py")
    card = Company.open(base).card("contract_churn")
    assert card.duel["since"] == BEFORE.isoformat()
    assert card.duel["refused"] == why
    if why:
        assert (card.duel["outcome"], card.duel["champion"]) == ("first", None)
        assert "is not held against the new fit" in duel_words(card, "en")
    else:
        assert card.duel["outcome"] in ("takes_over", "stays")
        assert card.duel["champion"] < card.judgement.metrics["base_rate"]["brier"]
