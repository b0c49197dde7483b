"""Leads in runs: learnt from the past without what came later, scored today, rolled up to accounts, put on lists."""

from __future__ import annotations

import csv
import json
from datetime import datetime, timedelta

import numpy as np
import pyarrow.parquet as pq
import pytest
from sqlalchemy import insert
from typer.testing import CliRunner

from dangol.core.errors import ConfigError, NotReady, UnknownName
from dangol.core.store.schema import Suppression
from dangol.faces.cli import app
from dangol.workspace.company import Company
from dangol.workspace.lead_card import leak_rows
from dangol.workspace.worklist import Asked

DAYS, LEADS = 300, 2_400
FIRST = datetime(2025, 1, 1, 3)
# Predictions about customers, which nothing here asks for.
OFF = ("churn", "lifetime_value", "second_order", "repurchase_30", "repurchase_90", "first_order", "next_order")
FILES = ("leads", "events", "orders", "accounts", "spend", "interactions")
SPENT = {"검색": 900, "광고": 3_000}  # a day
SIZES = ("소기업", "중기업", "대기업")


def written(path, header, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def made(base, seed=3, leads=LEADS, leaky=True, random=False, refusing=False):
    """A company whose leads convert by their size and by how often they came; some columns are filled in afterwards."""
    rng = np.random.default_rng(seed)
    rows, events, truth = [], [], {}
    for place in range(leads):
        size = int(rng.integers(0, 3))
        created = FIRST + timedelta(days=float(rng.uniform(0, DAYS)))
        visits = int(rng.poisson(2))
        events += [[f"c{place}", created + timedelta(hours=float(rng.uniform(0, 48))), "Page Viewed"] for _ in range(visits)]
        odds = -3.2 + 1.1 * size + 0.55 * visits if not random else -1.0
        converts = rng.random() < 1 / (1 + np.exp(-odds))
        at = created + timedelta(days=float(rng.uniform(3, 25)))
        known = converts and at < FIRST + timedelta(days=DAYS)
        grade = ("A" if converts else "C") if leaky and rng.random() < 0.6 else "B"
        handed = at + timedelta(days=1) if leaky and known and rng.random() < 0.7 else None
        account = f"A{place % 60}"
        rows.append([f"L{place:05d}", f"c{place}", account, created, SIZES[size], ("검색", "소개", "광고")[place % 3], grade,
                     handed.date() if handed else "", at if known else "", rng.integers(1, 9)])  # fmt: skip
        if refusing:
            rows[-1] += ["Yes" if place % 7 == 3 else "No", "예" if place % 5 == 2 else "아니오"]
        truth[f"L{place:05d}"] = (odds, known)
    header = [
        "lead_ref",
        "customer_ref",
        "account_ref",
        "created_at",
        "기업 규모",
        "lead_source",
        "리드 등급",
        "인계일",
        "converted_at",
        "층수",
        *(("Do Not Call", "이메일 수신거부") if refusing else ()),
    ]
    written(base / "leads.csv", header, rows)
    written(base / "events.csv", ["customer_ref", "occurred_at", "event_name"], events)
    orders = [
        [f"o{place}", f"c{place % 300}", FIRST + timedelta(days=place * DAYS / 900), 1000 * (1 + place % 7)]
        for place in range(900)
    ]
    written(base / "orders.csv", ["order_id", "customer_ref", "ordered_at", "net_amount"], orders)
    written(
        base / "accounts.csv", ["account_ref", "account_name", "industry"], [[f"A{n}", f"회사 {n}", "제조"] for n in range(60)]
    )
    bought = [[(FIRST + timedelta(days=day)).date(), name, cost] for day in range(DAYS) for name, cost in SPENT.items()]
    written(base / "spend.csv", ["spent_on", "channel", "cost"], bought)
    calls = [[f"c{place % 300}", FIRST + timedelta(days=place * DAYS / 600), "call"] for place in range(600)]
    written(base / "interactions.csv", ["customer_ref", "occurred_at", "interaction_kind"], calls)
    off = ", ".join(f"{name}: {{active: false}}" for name in OFF)
    sources = "\n".join(f"  - {{name: {name}, files: [{name}.csv], table: {name}}}" for name in FILES)
    head = "company: {name: 회사, margin_share: 0.3}\nengine: {threads: 1}\nplan: {conversation_cost: 40}\n"
    text = f"{head}predictions: {{{off}}}\nsources:\n{sources}\n"
    (base / "dangol.yaml").write_text(text, encoding="utf-8")
    return truth


@pytest.fixture(scope="module")
def led(tmp_path_factory):
    base = tmp_path_factory.mktemp("led")
    truth = made(base)
    company = Company.open(base)
    company.run()
    return company, truth


def scores(company):
    return company.snapshot.duck.rows("select * from lead_scores")


def test_columns_filled_in_afterwards_are_left_out_and_honest_ones_are_not(led):
    company, _ = led
    found = {each.column: each for each in leak_rows(company.lead_card.leaks, "ko")}
    assert set(found) == {"리드 등급", "인계일"}
    assert found["인계일"].verdict == "제외"
    assert "날짜" in found["인계일"].why
    assert {"기업 규모", "lead_source"} & set(company.lead_card.fit)
    assert "리드 등급" not in {*company.lead_card.fit, *company.lead_card.intent}


def test_judged_on_later_time_and_better_than_the_rule_by_source(led):
    card = led[0].lead_card
    assert card.split == "time"
    assert all(each < card.validation for each in card.training)
    metrics = card.judgement.metrics
    assert card.judgement.good_enough
    assert metrics["chosen"]["auc"] > max(metrics["source_rule"]["auc"], 0.5) + 0.08
    assert metrics["chosen"]["calibration_error"] < 0.08


def test_leads_are_ranked_by_what_makes_them_convert(led):
    """Spearman's correlation with the odds that the company was made with, of leads young enough to be alive."""
    company, truth = led
    rows = [row for row in scores(company) if row["created_at"] > company.snapshot.as_of - timedelta(days=25)]
    chance = np.argsort(np.argsort([row["lead_probability"] for row in rows]))
    odds = np.argsort(np.argsort([truth[row["lead_ref"]][0] for row in rows]))
    assert len(rows) > 80
    assert np.corrcoef(chance, odds)[0, 1] > 0.5


def test_only_open_leads_are_scored_and_expected_value_is_chance_times_value(led):
    company, truth = led
    rows = scores(company)
    assert {row["lead_ref"] for row in rows} == {name for name, (_, known) in truth.items() if not known}
    for row in rows[:200]:
        assert float(row["lead_expected"]) == pytest.approx(row["lead_probability"] * float(row["lead_value"]), abs=0.02)
        assert row["lead_value"] > 0


def test_fit_and_intent_follow_what_they_are_named_after(led):
    company, _ = led
    rows = scores(company)
    sizes = {row[0]: row[4] for row in csv.reader((company.base / "leads.csv").open(encoding="utf-8"))}
    fit = {size: np.mean([row["lead_fit"] for row in rows if sizes[row["lead_ref"]] == size]) for size in SIZES}
    assert fit["대기업"] > fit["중기업"] > fit["소기업"]
    assert "event_count_90" in company.lead_card.intent or "event_count_30" in company.lead_card.intent


def test_nothing_that_came_later_moves_the_past(led, tmp_path):
    """A poisoned future: conversions and visits after the judged window change neither what was learnt nor how it proved."""
    company, _ = led
    card = company.lead_card
    until = datetime.fromisoformat(card.validation) + timedelta(days=card.horizon_days)
    for name in (f"{each}.csv" for each in FILES):
        (tmp_path / name).write_bytes((company.base / name).read_bytes())
    with (tmp_path / "events.csv").open("a", encoding="utf-8") as file:
        for place in range(500):
            file.write(f"c{place},{until + timedelta(hours=10)},Page Viewed\n" * 5)
    (tmp_path / "dangol.yaml").write_bytes((company.base / "dangol.yaml").read_bytes())
    poisoned = Company.open(tmp_path)
    poisoned.run(as_of=company.snapshot.as_of)
    assert poisoned.lead_card.judgement.metrics == card.judgement.metrics


def test_accounts_roll_up_their_leads(led):
    """Plain SQL over the scored leads: one minus the product of what does not come, and the sum of what is expected."""
    company, _ = led
    duck = company.snapshot.duck
    expected = duck.rows(
        "select a.account_id, 1 - product(1 - l.lead_probability) as chance, sum(l.lead_expected) as expected, count(*) as n "
        "from lead_scores l join accounts a using (account_id) group by all"
    )
    found = {row["account_id"]: row for row in duck.rows("select * from account_scores")}
    assert len(found) == len(expected) == 60
    for row in expected:
        assert found[row["account_id"]]["account_chance"] == pytest.approx(min(row["chance"], 0.99), abs=1e-6)
        assert found[row["account_id"]]["account_expected"] == row["expected"]
        assert found[row["account_id"]]["lead_count"] == row["n"]


def test_the_list_is_the_best_within_the_hours(led):
    company, _ = led
    lists = company.worklists
    found = lists.plan(lists.asked("leads", 5, 15))
    best = sorted((float(row["lead_expected"]) for row in scores(company)), reverse=True)[:20]
    assert found.chosen == 20
    assert found.worth == pytest.approx(sum(best), abs=0.5)
    assert found.surely == pytest.approx(1)
    assert [row["place"] for row in found.rows] == list(range(1, 21))
    assert found.rows[-1]["hours_so_far"] == 5


def test_the_whole_list_is_written_without_names(led, tmp_path):
    company, _ = led
    lists = company.worklists
    rows = lists.write(Asked("leads", 100, 15), tmp_path / "list.parquet")
    table = pq.read_table(tmp_path / "list.parquet")
    assert rows == table.num_rows == 400
    assert {"place", "lead_ref", "lead_expected", "per_hour"} <= set(table.column_names)
    assert not {"customer_name", "phone", "email"} & set(table.column_names)
    assert table.column("lead_expected").to_pylist() == sorted(table.column("lead_expected").to_pylist(), reverse=True)


def test_whoever_must_not_be_contacted_is_on_no_list(led):
    company, _ = led
    before = company.worklists.plan(company.worklists.asked("leads", 1, 15))
    first = before.rows[0]["customer_id"]
    with company.store.session() as session:
        session.execute(
            insert(Suppression).values(subject=f"customer:{first}", customer_id=first, reason="asked", added_at=FIRST)
        )
    after = company.worklists.plan(company.worklists.asked("leads", 1, 15))
    assert first not in {row["customer_id"] for row in after.rows}
    assert after.candidates == before.candidates - 1
    assert after.uncallable == 1


def test_leads_who_refuse_calls_are_on_no_list_and_marked_in_every_export(tmp_path):
    """Who said "do not call" is left out and counted; refusals of e-mail go with the scores."""
    made(tmp_path, refusing=True)
    company = Company.open(tmp_path)
    company.run()
    rows = scores(company)
    assert {row["refuses_calls"] for row in rows if int(row["lead_ref"][1:]) % 7 == 3} == {True}
    assert {row["refuses_calls"] for row in rows if int(row["lead_ref"][1:]) % 7 != 3} == {False}
    assert {row["refuses_email"] for row in rows if int(row["lead_ref"][1:]) % 5 == 2} == {True}
    lists = company.worklists
    refusing = sum(row["refuses_calls"] and row["lead_expected"] > 0 for row in rows)
    found = lists.plan(Asked("leads", 2_000, 15))
    assert found.uncallable == refusing > 0
    assert found.candidates == sum(row["lead_expected"] > 0 for row in rows) - refusing
    lists.write(Asked("leads", 2_000, 15), tmp_path / "all.parquet")
    called = pq.read_table(tmp_path / "all.parquet").column("lead_ref").to_pylist()
    assert called
    assert not [ref for ref in called if int(ref[1:]) % 7 == 3]
    company.export("lead_scores", tmp_path / "scores.parquet")
    assert {"refuses_calls", "refuses_email"} <= set(pq.read_table(tmp_path / "scores.parquet").column_names)


def test_lists_that_make_no_sense_are_refused(led):
    lists = led[0].worklists
    assert lists.kinds == ("leads", "accounts")
    with pytest.raises(UnknownName, match="list"):
        lists.asked("friends")
    with pytest.raises(NotReady, match="customers"):
        lists.asked("customers")
    with pytest.raises(ConfigError, match="hours must lie between"):
        lists.asked("leads", -1)


def test_settings_keep_and_drop_columns(tmp_path):
    made(tmp_path)
    text = (tmp_path / "dangol.yaml").read_text(encoding="utf-8")
    (tmp_path / "dangol.yaml").write_text(text + "leads: {keep: [리드 등급], drop: [층수]}\n", encoding="utf-8")
    company = Company.open(tmp_path)
    company.run()
    found = {each["column"]: list(each["reasons"]) for each in company.lead_card.leaks}
    assert set(found) == {"층수", "인계일"}
    assert found["층수"] == ["dropped"]
    assert "리드 등급" in company.lead_card.fit


def test_random_outcomes_score_nobody(tmp_path):
    made(tmp_path, leaky=False, random=True)
    company = Company.open(tmp_path)
    company.run()
    assert not company.lead_card.judgement.good_enough
    assert "lead_scores" not in company.snapshot.tables
    assert company.worklists.kinds == ()
    said = CliRunner().invoke(app, ["--lang", "ko", "leads", "-f", str(tmp_path)])
    assert "점수를 매기지 않" in said.output


def test_too_few_leads_are_refused_with_have_and_need(tmp_path):
    made(tmp_path, leads=60)
    company = Company.open(tmp_path)
    company.run()
    assert company.lead_card.judgement is None
    assert "leads that converted" in company.lead_card.refusal
    assert "50" in company.lead_card.refusal


def test_commands_say_it_in_both_languages(led, tmp_path):
    company, _ = led
    runner, base = CliRunner(), str(company.base)
    english = runner.invoke(
        app, ["--lang", "en", "worklist", "leads", "-f", base, "--hours", "2", "--to", str(tmp_path / "a.csv")]
    )
    assert "8 of" in english.output
    assert (tmp_path / "a.csv").read_text(encoding="utf-8-sig").splitlines()[0].startswith("place,lead_ref")
    korean = runner.invoke(app, ["--lang", "ko", "leads", "-f", base])
    assert "리드 등급" in korean.output
    assert "제외" in korean.output
    document = json.loads(runner.invoke(app, ["worklist", "accounts", "-f", base, "--json"]).output)
    assert document["kind"] == "accounts"
    assert document["chosen"] == len(document["rows"])


def table(company, number):
    question, answer = company.ask(number)
    assert answer.answerable, answer.missing
    assert all(len(company.sentence(question, answer, language)) > 40 for language in ("ko", "en"))
    names = [column[0] for column in answer.columns]
    return [dict(zip(names, row, strict=True)) for row in answer.rows], answer.headline


def test_question_on_leads_to_call(led):
    company, _ = led
    rows, headline = table(company, "L1")
    every = sorted(scores(company), key=lambda row: (-row["lead_expected"], row["lead_ref"]))
    assert [row["lead_ref"] for row in rows] == [row["lead_ref"] for row in every[:100]]
    tenth = sum(row["lead_expected"] for row in every[: -(-len(every) // 10)])
    assert float(headline["share"]) == pytest.approx(float(tenth / sum(row["lead_expected"] for row in every)), abs=1e-6)


def test_question_on_sources_of_leads(led):
    """Counted from the delivered file."""
    company, _ = led
    delivered = list(csv.DictReader((company.base / "leads.csv").open(encoding="utf-8")))
    rows, headline = table(company, "L2")
    for row in rows:
        mine = [each for each in delivered if each["lead_source"] == row["lead_source"]]
        assert row["lead_count"] == len(mine)
        assert row["converted_count"] == sum(bool(each["converted_at"]) for each in mine)
    assert headline["n"] == len(delivered)


def test_question_on_accounts_to_call(led):
    company, _ = led
    rows, headline = table(company, "L3")
    expected = company.snapshot.duck.rows("select sum(account_expected) as total, count(*) as n from account_scores")[0]
    assert headline["n"] == expected["n"] == len(rows)
    assert headline["expected"] == expected["total"]
    assert [row["account_expected"] for row in rows] == sorted((row["account_expected"] for row in rows), reverse=True)


def test_prospects_are_worth_what_winning_and_serving_them_leaves(led):
    """L4 against the delivered files: spend of the source over its conversions, conversations over buyers."""
    company, _ = led
    rows, headline = table(company, "L4")
    delivered = list(csv.DictReader((company.base / "leads.csv").open(encoding="utf-8")))
    won = {name: sum(1 for row in delivered if row["lead_source"] == name and row["converted_at"]) for name in SPENT}
    price = {name: round(cost * DAYS / won[name], 2) for name, cost in SPENT.items()}
    serve = round(600 * 40 / 300, 2)
    net = {
        row["lead_ref"]: row["lead_probability"] * (float(row["lead_value"]) - price.get(row["lead_source"], 0) - serve)
        for row in scores(company)
    }
    ranked = sorted(net, key=lambda name: (-net[name], name))
    assert [row["lead_ref"] for row in rows] == ranked[:100]
    assert [float(row["net_expected"]) for row in rows] == pytest.approx([net[name] for name in ranked[:100]], abs=0.011)
    assert {
        row["lead_source"]: float(row["cost_to_acquire"] or 0) for row in rows if row["lead_source"] in price
    }.items() <= price.items()
    assert {float(row["cost_to_serve_12m"]) for row in rows} == {serve}
    assert float(headline["net"]) == pytest.approx(sum(net.values()), abs=0.1)
    assert headline["losing"] == sum(each < 0 for each in net.values())


def test_who_is_still_open_does_not_teach_that_such_leads_stay(tmp_path):
    """Without moments, where a status tells won, lost and open: chances are of coming to something, not of having done so."""
    draw = np.random.default_rng(5)
    size, pages = draw.normal(size=(2, 3_000))
    wins = draw.random(3_000) < 1 / (1 + np.exp(-1.5 * (size + pages)))
    closed = draw.random(3_000) < 0.4  # whether it is decided yet has nothing to do with anything
    status = np.where(closed, np.where(wins, "Won", "Lost"), "Open")
    lines = [f"L{n},{('ads', 'web')[n % 2]},{status[n]},{50 + 10 * size[n]:.1f},{3 * pages[n]:.2f}" for n in range(3_000)]
    (tmp_path / "leads.csv").write_text("\n".join(["lead_ref,lead_source,lead_status,size,pages", *lines]) + "\n")
    settings = "company: {name: L, language: en, currency: USD, zone: UTC}\nengine: {threads: 1}\n"
    source = "sources:\n  - {name: leads, files: [leads.csv], table: leads}\n"
    (tmp_path / "dangol.yaml").write_text(settings + source)
    company = Company.open(tmp_path)
    company.run()
    told = company.ask("L1")[1].headline
    assert told["n"] == (~closed).sum()
    assert float(told["came"]) == pytest.approx(wins[~closed].sum(), rel=0.07)
    sources = company.ask("L2")[1].headline
    assert sources["won"] == (wins & closed).sum()
