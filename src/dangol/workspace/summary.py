"""The run in a dozen lines a marketer understands."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from dangol.core.declare import Judgement, Question
from dangol.core.text import Language, lookup, render, translate
from dangol.core.text import to_translate as words
from dangol.workspace.answers import Answer
from dangol.workspace.company import Company
from dangol.workspace.predict import Card
from dangol.workspace.wording import METRICS, MODELS, OWN_MODELS

COMPANY_LINE = words("{name} as of {as_of:date}: {customers:count} customers from {records:count} records, {orders:count} orders")
ANSWERED_LINE = words("{answered:count} of {questions:count} questions answered")
MODEL_LINE = words("{title}: {model}. {proof}")
ON_LATER_TIME = words("{metric} on later time: {value}; best simple rule: {rule}")
BESIDE_A_RULE = words("{metric}: {value}; best simple rule: {rule}")
ALONE = words("{metric}: {value}")
HEADLINES = ("Q1", "Q5", "Q40", "Q51", "Q54", "Q59", "T1", "T7")


def run_summary(company: Company, language: Language) -> list[str]:
    """What the serving snapshot says: customers, answers to the main questions, models, and where to look next."""
    snapshot = company.snapshot
    settings = company.settings.company
    answers = company.answering.all()
    figures = {
        "name": settings.name,
        "customers": snapshot.figures.customers,
        "records": snapshot.records,
        "orders": snapshot.orders.count,
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
    told = ((each.number, company.sentence(each, answers[each.name], language)) for each in headlines(company, answers))
    lines += [f"  {number:<4}{sentence}" for number, sentence in told]
    lines += ["", *(f"  {line}" for line in card_lines(company, language)), ""]
    return [*lines, translate("Look at it: dangol serve    Ask: dangol ask    Everything: dangol --help", language)]


def headlines(company: Company, answers: Mapping[str, Answer]) -> list[Question]:
    """The main questions that are answered; of companies that answer none of them, the first that they do."""
    main = [company.registry.find_question(number) for number in HEADLINES]
    known = [each for each in main if answers[each.name].answerable]
    others = (each for each in company.registry.questions.values() if each.name in answers and answers[each.name].answerable)
    return known or list(islice(others, len(HEADLINES)))


def card_lines(company: Company, language: Language) -> list[str]:
    """One line per prediction: which model, how it compares, or why it refused."""
    predictions = company.registry.predictions
    return [card_line(predictions[name].title(language), card, language) for name, card in company.cards().items()]


def card_line(title: str, card: Card, language: Language) -> str:
    """What one model card says."""
    judgement = card.judgement
    if card.refusal:
        return translate("{title}: refused: {refusal}", language, title=title, refusal=card.refusal)
    if judgement is None or not judgement.good_enough:
        return translate("{title}: not better than the simplest rule, so it is not shown", language, title=title)
    metric = judgement.main_metric
    model = translate(MODELS.get(judgement.chosen, judgement.chosen), language)
    proof = translate(
        proof_words(card),
        language,
        metric=translate(METRICS.get(metric, metric), language),
        value=render("{value:number}", {"value": judgement.metrics["chosen"][metric]}, language),
        rule=render("{value:number}", {"value": best_rule(judgement)}, language),
    )
    return translate(MODEL_LINE, language, title=title, model=model, proof=proof)


def proof_words(card: Card) -> str:
    """The sentence for the figure a prediction rests on, by whether it was measured on later time and beside a rule."""
    if card.judgement is None or best_rule(card.judgement) is None:
        return ALONE
    return ON_LATER_TIME if card.validation else BESIDE_A_RULE


def best_rule(judgement: Judgement) -> float | None:
    """The main metric of the best simple rule; None where there was none to compare with."""
    own = OWN_MODELS | {judgement.chosen}
    others = [values[judgement.main_metric] for model, values in judgement.metrics.items() if model not in own]
    best = max if judgement.higher_is_better else min
    return best(others, default=None)
