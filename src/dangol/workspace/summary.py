"""The run in a dozen lines a marketer understands."""

from __future__ import annotations

from dangol.core.text import Language, lookup, render, translate
from dangol.core.text import to_translate as words
from dangol.workspace.company import Company
from dangol.workspace.wording import METRICS, MODELS

COMPANY_LINE = words("{name} as of {as_of:date}: {customers:count} customers from {records:count} records, {orders:count} orders")
ANSWERED_LINE = words("{answered:count} of {questions:count} questions answered")
MODEL_LINE = words("{title}: {model}. {metric} on later time: {value:number}, best simple rule: {rule:number}")
HEADLINES = ("Q1", "Q5", "Q40", "Q51", "Q54", "Q59", "T1", "T7")


def run_summary(company: Company, language: Language) -> list[str]:
    """What the serving snapshot says: customers, answers to the main questions, models, and where to look next."""
    snapshot = company.snapshot
    settings = company.settings.company
    answers = snapshot.answers()
    identity = snapshot.meta["identity"]
    figures = {
        "name": settings.name,
        "customers": identity["customer_count"],
        "records": identity["record_count"],
        "joined": identity["joined_count"],
        "orders": identity["order_count"],
        "as_of": snapshot.as_of,
        "answered": sum(answer.answerable for answer in answers.values()),
        "questions": len(answers),
    }

    def said(message: str) -> str:
        return render(message, figures, language, currency=settings.currency, zone=settings.zone)

    lines = [
        "",
        said(lookup(COMPANY_LINE, language)),
        said(lookup(ANSWERED_LINE, language)),
        "",
    ]
    for number in HEADLINES:
        question = company.registry.find_question(number)
        answer = answers[question.name]
        if answer.answerable:
            lines.append(f"  {number:<4}{company.sentence(question, answer, language)}")
    lines += ["", *(f"  {line}" for line in card_lines(company, language)), ""]
    return [*lines, translate("Look at it: dangol serve    Ask: dangol ask    Everything: dangol --help", language)]


def card_lines(company: Company, language: Language) -> list[str]:
    """One line per prediction: which model, how it compares, or why it refused."""
    lines = []
    for name, card in company.cards().items():
        title = company.registry.predictions[name].title(language)
        if card.refusal:
            lines.append(translate("{title}: refused: {refusal}", language, title=title, refusal=card.refusal))
            continue
        judgement = card.judgement
        if judgement is None or not judgement.good_enough:
            lines.append(translate("{title}: not better than the simplest rule, so it is not shown", language, title=title))
            continue
        metric = judgement.main_metric
        own = {"chosen", judgement.chosen, "bg_nbd", "boosted"}
        others = [values[metric] for model, values in judgement.metrics.items() if model not in own]
        best = max if judgement.higher_is_better else min
        figures = {
            "title": title,
            "model": translate(MODELS.get(judgement.chosen, judgement.chosen), language),
            "metric": translate(METRICS.get(metric, metric), language),
            "value": judgement.metrics["chosen"][metric],
            "rule": best(others, default=None),
        }
        lines.append(render(lookup(MODEL_LINE, language), figures, language))
    return lines
