"""The routes of `/api/v1`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from dangol.core.declare import Question
from dangol.core.text import LANGUAGES, tell
from dangol.faces.rest.alerts import add_alerts
from dangol.faces.rest.budget import add_budget
from dangol.faces.rest.events import add_events
from dangol.faces.rest.figures import add_figures
from dangol.faces.rest.identity import add_identity, add_review, sent_joined, sent_provenance
from dangol.faces.rest.maturity import add_maturity
from dangol.faces.rest.notes import add_notes
from dangol.faces.rest.problem import MEDIA_TYPE
from dangol.faces.rest.quality import add_quality
from dangol.faces.rest.runs import add_runs
from dangol.faces.rest.segment_keys import add_segment_keys
from dangol.faces.rest.segments import add_segments
from dangol.faces.rest.shape import (
    AccountPage,
    AnswerShape,
    Column,
    CountShape,
    CustomerPage,
    CustomerShape,
    Limit,
    ProblemShape,
    QuestionShape,
    SnapshotShape,
    TrustShape,
    sent,
    sent_reason,
    sent_row,
)
from dangol.faces.rest.worklist import add_worklists
from dangol.workspace.answers import Answer
from dangol.workspace.company import Company
from dangol.workspace.customers import Listing
from dangol.workspace.model_history import history_rows
from dangol.workspace.predict import Card
from dangol.workspace.wording import missing_words

RuleParameter = Annotated[str, Query(max_length=4000, description="audience rule, such as lifecycle_stage == 'at_risk'")]


def api(company: Company) -> APIRouter:
    """The routes for one company."""
    problem = {"content": {MEDIA_TYPE: {"schema": ProblemShape.model_json_schema()}}}
    refused: dict[int | str, dict[str, Any]] = {
        "4XX": {"description": "The request was refused", **problem},
        "5XX": {"description": "It failed here", **problem},
    }
    router = APIRouter(prefix="/api/v1", responses=refused)
    add_snapshot(router, company)
    add_runs(router, company)
    add_segment_keys(router, company)
    add_segments(router, company)
    add_maturity(router, company)
    add_questions(router, company)
    add_customers(router, company)
    add_identity(router, company)
    add_review(router, company)
    add_predictions(router, company)
    add_quality(router, company)
    add_alerts(router, company)
    add_notes(router, company)
    add_worklists(router, company)
    add_budget(router, company)
    add_figures(router, company)
    add_events(router, company)
    return router


def add_snapshot(router: APIRouter, company: Company) -> None:
    """What serves now."""

    @router.get("/snapshot", tags=["snapshot"])
    def snapshot(response: Response) -> SnapshotShape:
        """The serving snapshot; its run id changes when numbers do."""
        pointer = company.snapshot.pointer
        response.headers["ETag"] = f'"{pointer.run_id}"'
        answers = company.answering.all()
        return SnapshotShape(
            run_id=pointer.run_id,
            as_of=sent(company.snapshot.as_of),
            finished_at=f"{pointer.finished_at}Z",
            customers=company.customers.count(),
            answered=sum(answer.answerable for answer in answers.values()),
            questions=len(answers),
        )


def add_questions(router: APIRouter, company: Company) -> None:
    """Questions and their answers."""

    @router.get("/questions", tags=["questions"])
    def questions() -> list[QuestionShape]:
        """All questions, and whether this company can answer them."""
        answers = company.answering.all() if company.ready else {}
        return [described(each, answers.get(each.name)) for each in company.registry.questions.values()]

    @router.get("/questions/{name}/answer", tags=["questions"])
    def answer(name: str, request: Request) -> AnswerShape:
        """A question's answer; its options are query parameters."""
        question, found = company.ask(name, dict(request.query_params))
        return answered(company, question, found)


def described(question: Question, answer: Answer | None) -> QuestionShape:
    """A question as the API describes it."""
    return QuestionShape(
        number=question.number,
        name=question.name,
        theme=question.theme,
        ko=question.ko,
        en=question.en,
        definition=question.doc,
        options={option.name: option.default for option in question.options},
        answerable=answer.answerable if answer is not None else None,
    )


def answered(company: Company, question: Question, answer: Answer) -> AnswerShape:
    """An answer as the API sends it."""
    return AnswerShape(
        question=answer.question,
        number=answer.number,
        as_of=f"{answer.as_of}Z",
        answerable=answer.answerable,
        **in_words(company, question, answer),
        headline=sent_row(dict(answer.headline)),
        columns=[Column(name=name, kind=kind, ko=ko, en=en) for name, kind, ko, en in answer.columns],
        rows=[[sent(value) for value in row] for row in answer.rows],
        row_count=answer.row_count,
        trust=TrustShape(level=answer.trust.level, reasons=list(answer.trust.reasons)),
        missing=list(answer.missing),
        sql=answer.sql,
        tables=list(answer.tables),
        options=dict(answer.options),
    )


def in_words(company: Company, question: Question, answer: Answer) -> dict[str, str | None]:
    """The sentence of an answer, or what is missing for one, in both languages."""
    nothing: dict[str, str | None] = dict.fromkeys(("sentence_ko", "sentence_en", "refusal_ko", "refusal_en"))
    if answer.answerable:
        return {**nothing, **{f"sentence_{each}": company.sentence(question, answer, each) for each in LANGUAGES}}
    return {**nothing, **{f"refusal_{each}": missing_words(answer, each) for each in LANGUAGES}}


def add_customers(router: APIRouter, company: Company) -> None:
    """Customers and audiences."""

    @router.get("/customers", tags=["customers"])
    def customers(
        rule: RuleParameter = "",
        sort: Annotated[str, Query(max_length=100)] = Listing.sort,
        after: Annotated[str, Query(max_length=500, description="`next` of the page before")] = "",
        limit: Limit = 50,
    ) -> CustomerPage:
        """Customers a rule selects, highest first; names and contacts are masked."""
        page = company.customers.page(Listing(rule=rule, sort=sort, after=after, limit=limit))
        rows = [sent_row(dict(row)) for row in page.rows]
        return CustomerPage(total=page.total, next=page.next or None, sort=page.sort, customers=rows)

    @router.get("/customers/{customer_id}", tags=["customers"])
    def customer(customer_id: int) -> CustomerShape:
        """Everything about one customer; names and contacts are masked."""
        found, who = company.customers.find(customer_id), company.identities
        origins = who.provenance(found.customer_id, company.snapshot.as_of)
        return CustomerShape(
            customer_id=found.customer_id,
            profile=sent_row(dict(found.profile)),
            person=sent_row(dict(found.person)),
            records=[sent_joined(each) for each in who.records(found.customer_id)],
            provenance={name: sent_provenance(each) for name, each in origins.items()},
            reasons={name: [sent_reason(key, moved) for key, moved in each] for name, each in found.reasons.items()},
            timeline=[{"at": sent(each.at), "table": each.table, **sent_row(dict(each.details))} for each in found.timeline],
            **belonging(company, found.customer_id),
        )

    @router.get("/accounts", tags=["customers"])
    def accounts(limit: Limit = 500) -> AccountPage:
        """Accounts as trees with sales of their own and rolled up, those that bought most first."""
        branches, total = company.belonging.accounts(limit)
        return AccountPage(total=total, accounts=[{**sent_row(dict(each.row)), "depth": each.depth} for each in branches])

    @router.get("/audience", tags=["customers"])
    def audience(rule: RuleParameter) -> CountShape:
        """How many customers a rule selects, and what it says in both languages."""
        found = company.customers
        units = found.units(rule)
        homes, accounts = units.get("household"), units.get("account")
        return CountShape(
            total=found.count(rule),
            households=homes,
            accounts=accounts,
            ko=found.explained(rule, "ko"),
            en=found.explained(rule, "en"),
        )


def belonging(company: Company, customer_id: int) -> dict[str, dict[str, Any] | None]:
    """The home and the account of a customer, as the API sends them."""
    home, tree = company.belonging.home(customer_id), company.belonging.account(customer_id)
    others = [each["customer_id"] for each in home.others] if home else []
    return {
        "household": {**sent_row(dict(home.row)), "others": others} if home else None,
        "account": sent_row(dict(tree.account)) if tree else None,
    }


def add_predictions(router: APIRouter, company: Company) -> None:
    """Model cards."""

    @router.get("/predictions", tags=["predictions"])
    def predictions() -> dict[str, dict[str, Any]]:
        """The model cards of all predictions."""
        return {name: card_document(card) for name, card in company.cards().items()}

    @router.get("/predictions/{name}", tags=["predictions"])
    def prediction(name: str) -> dict[str, Any]:
        """One model card."""
        return card_document(company.card(name))

    @router.get("/predictions/{name}/history", tags=["predictions"])
    def past(name: str) -> dict[str, Any]:
        """Every run's model of a prediction, the latest first, and what the scores of earlier runs came to."""
        known, records = company.card(name).prediction, company.records
        rows = [sent_row(row) for row in history_rows(records.history(known))]
        return {"models": rows, "realised": [sent_row(asdict(each)) for each in records.realised(known)]}


def card_document(card: Card) -> dict[str, Any]:
    """A model card as the API sends it; a refusal is said in both languages."""
    document = {**asdict(card), "refusal_ko": tell(card.refusal, "ko")}
    del document["refusal_words"]
    return document
