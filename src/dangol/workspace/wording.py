"""Words that several faces say the same way: what is missing, how far to trust, what a stage or a reason is called."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from dangol.core.declare import Declaration, Group, Prediction
from dangol.core.tables import FACTS
from dangol.core.text import Language, lookup, translate
from dangol.core.text import to_translate as words
from dangol.workspace import beside, entered
from dangol.workspace.answers import Answer
from dangol.workspace.binding import WHOLE
from dangol.workspace.categories import COLUMN, declared_words
from dangol.workspace.earlier import COLUMNS, EARLIER

TRUST = {
    "good": words("Trust: good"),
    "fair": words("Trust: fair"),
    "low": words("Trust: low"),
    "none": words("Trust: not answerable"),
}
TRUST_REASONS = {
    "few": words("it rests on few cases"),
    "margin_assumed": words("the margin is assumed, not known from costs"),
    "predicted": words("it contains predictions"),
    "late_source": words("a source it reads is late"),
    "low_evidence": words("the evidence is low: there is no survey, only similar customers"),
}
WEEKDAYS = (
    words("Monday"),
    words("Tuesday"),
    words("Wednesday"),
    words("Thursday"),
    words("Friday"),
    words("Saturday"),
    words("Sunday"),
)
MONTHS = (
    words("January"),
    words("February"),
    words("March"),
    words("April"),
    words("May"),
    words("June"),
    words("July"),
    words("August"),
    words("September"),
    words("October"),
    words("November"),
    words("December"),
)
NUMBERED = {"weekday": WEEKDAYS, "main_weekday": WEEKDAYS, "best_weekday": WEEKDAYS, "month_of_year": MONTHS}
MODELS = {
    "classical": words("models of buying"),
    "boosted": words("boosted trees on top of models of buying"),
    "deep": words("deep boosted trees"),
    "trees": words("boosted trees"),
    "retention": words("retention of contracts by their age (shifted beta-geometric)"),
    "retention_and_trees": words("retention of contracts by their age, by person with boosted trees"),
    "all_stay": words("everybody stays"),
    "mean_share": words("everybody loses the mean share"),
    "one_column": words("rule by the one column that tells most"),
    "source_rule": words("rule by where the lead came from"),
    "mixed": words("mean of boosted trees with and without models of buying"),
    "median": words("median of BG/NBD, MBG/NBD and Pareto/NBD"),
    "bg_nbd": words("BG/NBD"),
    "mbg_nbd": words("MBG/NBD"),
    "pareto_nbd": words("Pareto/NBD"),
    "mbg_cnbd": words("MBG/CNBD-k (buying with a rhythm)"),
    "pooled_rate": words("the mean rate of all customers"),
    "base_rate": words("the same for everybody"),
    "same_for_all": words("the same for everybody"),
    "recency_rule": words("rule by time since last order"),
    "rate": words("rate by segment"),
    "by_age": words("rate by age of the contract (Kaplan-Meier)"),
    "logistic": words("logistic regression"),
    "quantile_trees": words("boosted trees for the date"),
    "mean_gap": words("own mean gap"),
    "as_so_far": words("goes on as so far"),
    "survey": words("boosted trees and ridge regression on the survey"),
    "peers": words("range from similar customers"),
    "chosen": words("chosen and calibrated"),
}
# A reason is strong where it at least doubles or halves the odds, medium where it moves them by a quarter: in logarithms.
STRONG, MEDIUM, WEAK = "strong", "medium", "weak"
LEAST: Mapping[str, float] = {STRONG: math.log(2), MEDIUM: math.log(1.25)}
STRENGTHS: Mapping[str, str] = {STRONG: words("strong"), MEDIUM: words("medium"), WEAK: words("weak")}
# Models of our own, in contrast to the simple rules they must beat.
OWN_MODELS = frozenset({
    "classical", "boosted", "trees", "deep", "mixed", "rate", "by_age", "logistic", "quantile_trees", "retention",
    "retention_and_trees", "survey", "chosen",
})  # fmt: skip
METRICS = {
    "auc": words("Ranking (AUC)"),
    "brier": words("Error of probabilities (Brier)"),
    "calibration_error": words("Calibration error"),
    "top_tenth_lift": words("Lift of the top tenth"),
    "lead_days": words("Days ahead (median)"),
    "mae_days": words("Mean error in days"),
    "window_share": words("Next orders inside the window"),
    "mean": words("Predicted mean"),
    "actual": words("Actual mean"),
    "rmse": words("Typical error (RMSE)"),
    "mae": words("Mean absolute error"),
    "total_error": words("Error of the total"),
    "gini": words("Ranking (Gini)"),
    "mae_share": words("Mean error of the share"),
    "spearman": words("Ranking (Spearman)"),
    "coverage": words("Inside the range"),
    "range_width": words("Width of the range"),
}
DECISIONS = {
    "audience": words("In the audience"),
    "contact": words("To contact"),
    "hold_out": words("Held out for comparison"),
    "skip": words("Skipped"),
    "skip:no_consent": words("Skipped: no consent on record"),
    "skip:withdrawn": words("Skipped: consent withdrawn"),
    "skip:expired": words("Skipped: consent expired"),
    "skip:reconfirm_due": words("Skipped: consent older than two years"),
    "skip:suppressed": words("Skipped: must not be contacted"),
    "skip:cool_down": words("Skipped: chosen recently"),
    "skip:policy": words("Skipped: not contacted this way by the policy of their segment"),
    "skip:promotion_limit": words("Skipped: promotion limit of their segment reached"),
    "skip:same_household": words("Skipped: another one of the household"),
    "skip:capacity": words("Skipped: beyond capacity"),
}
CHECKS = {
    "products_without_record": words("Products sold without a product record"),
    "customers_without_record": words("Customers who ordered without a customer record"),
    "orders_without_lines": words("Orders without lines"),
    "lines_without_order": words("Lines without an order"),
    "compared": words("Orders whose total was compared with their lines"),
    "different": words("Orders whose total differs from their lines"),
}


# Scores of leads and accounts are made from what these words say.
LED = {
    "lead_scores": words("Scores of leads (they need leads with conversions)"),
    "account_scores": words("Scores of accounts (they need open leads or opportunities)"),
}


def column_words(name: str, language: Language) -> str:
    """`table.column` as people call it, with our own name behind it."""
    table, _, column = name.partition(".")
    if table == "profile":
        return profile_words(column, language)
    if table == EARLIER:
        return earlier_words(name, language)
    if table in LED:
        return lookup(LED[table], language)
    if table == entered.ENTERED:
        return translate("Figures of others or of your plan, entered in {file}", language, file="dangol.yaml (benchmarks, plan)")
    if table == beside.DECISIONS:
        return translate("Decisions of our own programmes, with customers held out", language)
    return fact_words(name, language) if table in FACTS else name


def profile_words(column: str, language: Language) -> str:
    """The customer profile, or one of its columns."""
    if not column:
        return translate("Customer profile", language)
    title = declared_words(f"{COLUMN}{column}", language)
    return translate("Customer profile: {column}", language, column=column if title == column else f"{title} ({column})")


def earlier_words(name: str, language: Language) -> str:
    """The scores of earlier runs, or one of their columns."""
    table, _, column = name.partition(".")
    if column in ("", WHOLE):
        return f"{translate('Scores of an earlier run', language)} ({table})"
    return f"{COLUMNS[column].title(language)} ({name})" if column in COLUMNS else name


def fact_words(name: str, language: Language) -> str:
    """A table of facts, or one of its columns."""
    table, _, column = name.partition(".")
    found = FACTS[table]
    if column in ("", WHOLE):
        return f"{found.title(language)} ({table})"
    declared = found.by_name.get(column)
    return f"{found.title(language)}: {declared.title(language) if declared else column} ({name})"


def missing_words(answer: Answer, language: Language) -> str:
    """Why a question cannot be answered, and what to add."""
    if answer.short_of:
        return translate(
            "Not answerable yet: it takes one whole calendar month. Have: orders from {since:date} to {until:date}. "
            "Need: orders up to {needed:date}.",
            language,
            **answer.short_of,
        )
    if not answer.missing:
        return translate("Not answerable: there are no rows to answer it from.", language)
    listed = ", ".join(column_words(name, language) for name in answer.missing)
    said = translate("Not answerable yet. Missing: {columns}", language, columns=listed)
    if f"{EARLIER}.{WHOLE}" not in answer.missing:
        return said
    return (
        f"{said}. {translate('Scores are kept from now on: from the next run of a later day on they can be compared.', language)}"
    )


def trust_words(answer: Answer, language: Language) -> str:
    """How far to trust an answer, and why."""
    level = translate(TRUST[answer.trust.level], language)
    reasons = [translate(TRUST_REASONS[reason], language) for reason in answer.trust.reasons]
    return f"{level} (n = {answer.n:,})" + (f": {', '.join(reasons)}" if reasons else "")


def decision_words(key: str, language: Language) -> str:
    """What became of members of an audience, in words."""
    return translate(DECISIONS[key], language) if key in DECISIONS else key


def definition_words(declaration: Declaration, language: Language) -> str:
    """What a declaration computes: the whole docstring in English, its first line in Korean."""
    return declaration.doc if language == "en" else lookup(declaration.summary, language)


def check_words(key: str, language: Language) -> str:
    """What a check of the data looks for, in words."""
    return translate(CHECKS[key], language) if key in CHECKS else key


def reason_words(
    prediction: Prediction,
    reasons: Sequence[tuple[str, float]],
    language: Language,
    *,
    most: int = 3,
    values: Mapping[str, str] | None = None,
) -> list[str]:
    """Why a score is high or low: reasons with direction and strength; association, not cause.

    Args:
        prediction: whose score.
        reasons: with what they add, the strongest first.
        language: of the reader.
        most: how many are told.
        values: what stands behind a reason, in words, where there is something to tell.
    """
    groups, known = prediction.model.groups, values or {}
    up, down = words("{reason} points up · {strength}"), words("{reason} points down · {strength}")
    up_with, down_with = words("{reason} ({value}) points up · {strength}"), words("{reason} ({value}) points down · {strength}")
    told = []
    for name, moved in reasons[:most]:
        titled = {"reason": group_title(groups, name, language), "strength": lookup(STRENGTHS[strength_of(moved)], language)}
        if name in known:
            told.append(translate(up_with if moved > 0 else down_with, language, value=known[name], **titled))
        else:
            told.append(translate(up if moved > 0 else down, language, **titled))
    return told


def strength_of(moved: float) -> str:
    """How much a reason changes the odds of a score, or an amount: strong from a factor of two on, weak below a quarter."""
    return next((name for name, least in LEAST.items() if abs(moved) >= least), WEAK)


def group_title(groups: object, name: str, language: Language) -> str:
    """A reason group's title; of a reason that is a column, the column's title or the header it was delivered under."""
    found = groups.get(name) if isinstance(groups, dict) else None
    return found.title(language) if isinstance(found, Group) else declared_words(f"{COLUMN}{name}", language)


def numbered_words(name: str, value: object) -> str | None:
    """The word for a number in a column of days of the week or months; None where a number stays a number."""
    numbered = NUMBERED.get(name, ())
    return numbered[value - 1] if isinstance(value, int) and 1 <= value <= len(numbered) else None
