"""Figures that people enter: with a source or not at all, read by questions, and part of what a run depends on."""

from __future__ import annotations

from pathlib import Path

import pytest

from dangol.core.engine import Duck
from dangol.core.errors import ConfigError
from dangol.simulate import Plan as Scale
from dangol.simulate import simulate
from dangol.workspace.company import Company
from dangol.workspace.entered import TYPES, Benchmark, Plan, entered, figures_of
from dangol.workspace.settings import load_settings

HEAD = "company: {name: 가게}\n"


def settings(folder: Path, text: str):
    (folder / "dangol.yaml").write_text(HEAD + text, encoding="utf-8")
    return load_settings(folder)


def test_figures_become_rows_and_nothing_is_pasted(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        'benchmarks:\n  - {figure: market_total, category: "캠핑\'; drop", value: 1000000, source: 통계청 2025}\n'
        "  - {figure: repeat_share, value: 0.4, source: 협회 2025}\nplan: {yearly_budget: 5000}\n",
    )
    tree, types = entered(found.benchmarks, found.plan)
    assert types == TYPES
    with Duck(memory_limit="200MB", threads=1) as duck:
        rows = duck.rows(tree)
    assert [(row["figure"], row["category"], row["amount"], row["source"]) for row in rows] == [
        ("market_total", "캠핑'; drop", 1_000_000.0, "통계청 2025"),
        ("repeat_share", None, 0.4, "협회 2025"),
        ("yearly_budget", None, 5000.0, None),
    ]


def test_nothing_entered_is_no_table() -> None:
    _, types = entered([], Plan())
    assert set(types) == {"customer_id"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{figure: repeat_share, value: 0.4}", "source"),
        ("{figure: repeat_share, value: 40, source: 협회 2025}", "between 0 and 1"),
        ("{figure: lifetime_value, value: 40, category: 캠핑, source: 협회 2025}", "takes no category"),
        ("{figure: happiness, value: 4, source: 협회 2025}", "figure"),
        ("{figure: lifetime_value, value: -1, source: 협회 2025}", "value"),
    ],
)
def test_a_figure_without_a_source_or_sense_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as problem:
        settings(tmp_path, f"benchmarks:\n  - {text}\n")
    assert said in "\n".join(problem.value.problems)


def test_a_survey_a_market_and_a_budget_reach_the_answers(tmp_path: Path) -> None:
    """A whole run: eighty customers say what they spend altogether; the others' wallets are estimated from them."""
    simulate(tmp_path, Scale(customers=1_000, seed=9, event_volume=0.1))
    Company.open(tmp_path).run()
    first = Company.open(tmp_path)
    assert first.card("wallet").judgement.chosen == "peers"
    rows = first.snapshot.duck.cursor().rows("""
        select i.system, i.customer_ref, p.net_sales_365 as own, p.customer_id from profile p
        join (select customer_id, min(system) as system, min_by(customer_ref, system) as customer_ref
              from identity_map group by 1) i using (customer_id)
        where p.net_sales_365 > 0 order by p.customer_id limit 80""")
    first.snapshot.close()
    truth = {row["customer_id"]: round(float(row["own"]) * (1.2 + row["customer_id"] % 3), 2) for row in rows}
    text = (tmp_path / "dangol.yaml").read_text(encoding="utf-8")
    columns = "{customer_ref: customer_ref, given_at: given_at, feedback_kind: feedback_kind, stated_spend: stated_spend}"
    for system in {row["system"] for row in rows}:
        lines = [
            f"{row['customer_ref']},2026-10-20,survey,{truth[row['customer_id']]}" for row in rows if row["system"] == system
        ]
        file = tmp_path / "data" / f"survey_{system}.csv"
        file.write_text("\n".join(["customer_ref,given_at,feedback_kind,stated_spend", *lines]) + "\n")
        source = f"- {{name: survey_{system}, system: {system}, files: [data/survey_{system}.csv], table: feedback,"
        source += f" columns: {columns}}}\n"
        text = text.replace("sources:\n", f"sources:\n{source}", 1)
    text += "benchmarks:\n- {figure: market_total, value: 9000000000, source: 시장 조사 2025}\nplan: {yearly_budget: 1000000}\n"
    (tmp_path / "dangol.yaml").write_text(text, encoding="utf-8")
    company = Company.open(tmp_path)
    company.run()
    told = company.snapshot.duck.cursor().rows("""
        select customer_id, net_sales_365 as own, wallet_amount, wallet_share, wallet_evidence, stated_spend from profile
        where stated_spend is not null""")
    assert len(told) == len(rows)
    card = company.card("wallet")
    assert card.customers == len(rows)
    assert not card.refusal
    for row in told:
        assert float(row["stated_spend"]) == truth[row["customer_id"]]
        if row["wallet_evidence"] == "told_by_customer":
            assert float(row["wallet_amount"]) == pytest.approx(truth[row["customer_id"]], abs=0.01)
            assert row["wallet_share"] == pytest.approx(float(row["own"]) / truth[row["customer_id"]], rel=1e-6)
    _, answer = company.ask("T10")
    assert answer.answerable
    assert answer.headline["market"] is not None
    if card.judgement.chosen == "survey":
        sums = company.snapshot.duck.cursor().rows("select sum(net_sales_365) as own, sum(wallet_amount) as whole from profile")[
            0
        ]
        assert answer.headline["share"] == pytest.approx(float(sums["own"] / sums["whole"]), rel=1e-6)
    _, portfolio = company.ask("V1")
    names = [column[0] for column in portfolio.columns]
    assert sum(row[names.index("budget")] for row in portfolio.rows) == 1_000_000
    _, compared = company.ask("V9")
    assert compared.headline["figures"] == 1


def test_entering_a_figure_makes_answers_anew_and_nothing_else(tmp_path: Path) -> None:
    simulate(tmp_path, Scale(customers=1_000, seed=2, event_volume=0.05))
    Company.open(tmp_path).run()
    file = tmp_path / "dangol.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "plan: {yearly_budget: 700}\n", encoding="utf-8")
    result = Company.open(tmp_path).run()
    fresh = {name for name, _, _, made in result.stages if made}
    assert "snapshot" in fresh
    assert not fresh & {"load", "unify", "features", "churn", "lifetime_value", "wallet"}


def test_what_conversations_and_returns_cost_by_the_plan_counts_in_every_answer(tmp_path: Path) -> None:
    """T1, V2 and Q50 take the plan's costs, and costs asked with instead of them."""
    simulate(tmp_path, Scale(customers=1_000, seed=2, event_volume=0.05))
    file = tmp_path / "dangol.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "plan: {conversation_cost: 3000, return_cost: 1100}\n", encoding="utf-8")
    company = Company.open(tmp_path)
    company.run()
    duck, files = company.snapshot.duck.cursor(), company.snapshot.facts.files
    as_of = f"timestamp '{company.snapshot.as_of}'"
    worth = "order_count > 0 and expected_margin_12m is not null"

    def within(moment: str) -> str:
        return f"{moment} < {as_of} and {moment} >= {as_of} - interval 365 day"

    talked = f"from '{files['interactions']}' join profile using (customer_id) where {worth} and {within('occurred_at')}"
    talks = duck.value(f"select count(*) {talked}")
    returns = duck.value(f"""
        select count(distinct (customer_id, order_id, cast(returned_at + interval 9 hour as date)))
        from '{files["returns"]}' join profile using (customer_id) where {worth} and {within("returned_at")}""")
    mails = duck.value(f"""
        select sum(coalesce(c.cost_per_contact, 0)) from '{files["messages"]}' m
        left join '{files["campaigns"]}' c using (campaign_id)
        join profile p on p.customer_id = m.customer_id where message_event = 'sent' and {worth} and {within("occurred_at")}""")
    assert talks
    assert returns

    def spent(options: dict[str, str]) -> float:
        _, answer = company.ask("V2", options)
        names = [column[0] for column in answer.columns]
        return sum(float(row[names.index("cost_to_serve")] or 0) for row in answer.rows)

    assert spent({}) - spent({"service_cost": "1"}) == pytest.approx(2999 * talks, abs=1)
    assert spent({"service_cost": "4000"}) - spent({}) == pytest.approx(1000 * talks, abs=1)
    assert spent({}) == pytest.approx(3000 * talks + 1100 * returns + float(mails), abs=1)
    _, losing = company.ask("Q50", {"top": "100000"})
    names = [column[0] for column in losing.columns]
    costs = {row[names.index("customer_id")]: row[names.index("service_cost")] for row in losing.rows}
    talked_of = duck.rows(f"""
        select customer_id, count(*) as n {talked} and customer_id not in (
            select customer_id from '{files["returns"]}' where customer_id is not null) group by 1""")
    checked = [(costs[row["customer_id"]], 3000 * row["n"]) for row in talked_of if row["customer_id"] in costs]
    assert checked
    assert all(said == wanted for said, wanted in checked)


def test_a_benchmark_is_frozen() -> None:
    figure = Benchmark(figure="lifetime_value", value=3, source="an association 2025")
    with pytest.raises(ValueError, match="frozen"):
        figure.value = 4


def test_what_is_entered_after_a_run_is_in_answers_at_once(tmp_path: Path) -> None:
    """No page shows an answer of before somebody entered what it is about (V9), and a further run keeps it."""
    simulate(tmp_path, Scale(customers=1_000, seed=5, event_volume=0.05))
    company = Company.open(tmp_path)
    company.run()
    assert not company.ask("V9")[1].answerable
    figures = [{"figure": each, "value": 0.35, "source": "협회 2025"} for each in ("repeat_share", "second_to_regular")]
    company.amend(lambda values: values.update(benchmarks=figures))
    now = company.ask("V9")[1]
    assert [row[0] for row in now.rows] == ["repeat_share"]
    _, went_on = company.ask("Q65")
    step = next(row for row in went_on.rows if row[0] == "second_to_regular")
    told = {each.figure: (each.own, each.relative) for each in company.entering.all()}
    assert told["second_to_regular"] == (pytest.approx(step[2] / step[1]), pytest.approx(step[2] / step[1] / 0.35))
    assert told["repeat_share"][0] is not None
    assert now.answerable
    assert company.answering.all()["relative_value"].rows == now.rows
    before = company.snapshot.pointer.run_id
    company.run()
    assert company.snapshot.pointer.run_id != before
    assert not company.answering.is_outdated(company.registry.find_question("V9"))
    assert company.ask("V9")[1].rows == now.rows


def test_costs_alone_are_entered_too() -> None:
    """A cost of calls without any budget changes what questions read, so that a run must not keep the old answers."""
    assert figures_of([], Plan(conversation_cost=900)) == [["conversation_cost", None, 900.0, None]]
