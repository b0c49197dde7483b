"""Building the report: figures, answered questions by theme, models and campaign results, as one HTML file without scripts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dangol.core.declare import Question
from dangol.core.text import Language
from dangol.core.text import to_translate as words
from dangol.faces.html import Figure, Reader, business, causes, draw, environment, figure_of, worth
from dangol.workspace.answers import Answer
from dangol.workspace.company import Company
from dangol.workspace.overview import overview
from dangol.workspace.predict import Card
from dangol.workspace.summary import best_rule, proof_words
from dangol.workspace.wording import METRICS, MODELS, missing_words, trust_words

HERE = Path(__file__).parent
SHOWN_ROWS = 12
IN_UNIT = frozenset({"rmse", "mae"})
REFUSED = words("not predicted: {refusal}")
NOT_BETTER = words("not better than the simplest rule, so it scores nobody")
JUDGED = words("{model}. {proof}")


@dataclass(frozen=True)
class Section:
    """One answered question of the report.

    Attributes:
        rows: the first rows as (text, stands right) cells.
        figure: None where there is nothing to draw.
    """

    question: Question
    answer: Answer
    rows: list[list[tuple[str, bool]]]
    figure: Figure | None
    trust: str


def build_report(company: Company, language: Language) -> str:
    """The report as HTML.

    Args:
        company: whose; a run must have finished.
        language: of everything in it.

    Raises:
        NotReady: no run has finished yet.
    """
    reader = Reader.of(company, language)
    pairs = asked(company)
    known = [section(question, answer, reader) for question, answer in pairs if answer.answerable]
    unknown = [(question, missing_words(answer, language)) for question, answer in pairs if not answer.answerable]
    found = overview(company)
    template = environment(HERE / "templates").get_template("report.html")
    return template.render(
        reader=reader,
        _=reader.say,
        draw=partial(draw, reader=reader),
        company=company.settings.company,
        as_of=company.snapshot.as_of,
        finished_at=company.snapshot.pointer.finished_at,
        run_id=company.snapshot.pointer.run_id,
        figures=[worth(found, reader), business(found, reader)],
        causes=causes(found, reader),
        sections=sorted(known, key=lambda each: not each.question.number.startswith("T")),
        unknown=unknown,
        models=[model_line(company, name, card, reader) for name, card in company.cards().items()],
        campaigns=campaigns(company, reader),
        style=(HERE / "templates" / "report.css").read_text(encoding="utf-8"),
    )


def asked(company: Company) -> list[tuple[Question, Answer]]:
    """All questions with their stored answers, in the order of questions."""
    answers = company.answering.all()
    return [(question, answers[name]) for name, question in company.registry.questions.items() if name in answers]


def write_report(company: Company, target: Path, language: Language) -> int:
    """Write the report into a file; returns its size in bytes.

    Raises:
        NotReady: no run has finished yet.
    """
    body = build_report(company, language).encode()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(body)
    return len(body)


def section(question: Question, answer: Answer, reader: Reader) -> Section:
    """A question as the report shows it."""
    rows = [
        [(reader.cell(name, kind, value), reader.right(kind)) for name, kind, value in answer.cells(row)]
        for row in answer.rows[:SHOWN_ROWS]
    ]
    figure = figure_of(question.chart, answer, question.title(reader.language), reader)
    return Section(question, answer, rows, figure, trust_words(answer, reader.language))


def model_line(company: Company, name: str, card: Card, reader: Reader) -> tuple[str, str]:
    """A prediction's title and how it proved."""
    prediction = company.registry.predictions[name]
    title, judgement = prediction.title(reader.language), card.judgement
    if judgement is None:
        return title, reader.say(REFUSED, refusal=card.refusal)
    if not judgement.good_enough:
        return title, reader.say(NOT_BETTER)
    metric = judgement.main_metric
    kind = next(iter(prediction.outputs.values())).kind if metric in IN_UNIT else "number"
    rule = best_rule(judgement)
    said = reader.say(
        proof_words(card),
        metric=reader.say(METRICS[metric]),
        value=reader.value(kind, judgement.metrics["chosen"][metric]),
        rule=reader.value(kind, rule),
    )
    return title, reader.say(JUDGED, model=reader.say(MODELS.get(judgement.chosen, judgement.chosen)), proof=said)


def campaigns(company: Company, reader: Reader) -> list[tuple[str, str]]:
    """Campaigns of our own with what they changed."""
    found = company.programmes.campaigns()
    titles = [each.settings.ko if reader.language == "ko" else each.settings.en for each in found]
    results = [company.lift(each.campaign_id) for each in found]
    return [
        (
            f"{title} · {reader.value('date', each.as_of)}",
            result.sentence(reader.language, currency=reader.currency, zone=reader.zone),
        )
        for title, each, result in zip(titles, found, results, strict=True)
    ]
