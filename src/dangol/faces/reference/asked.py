"""What can be asked and done: questions, segments and programmes."""

from __future__ import annotations

from dangol.core.declare import NextAction, Programme, ProgrammeSettings, Question, Segment
from dangol.core.rules import Term, Vocabulary, describe, parse
from dangol.core.text import Language
from dangol.faces.reference.known import outputs, reads, titled
from dangol.faces.reference.markdown import code, codes, joined, paragraphs, table
from dangol.workspace.registry import Registry, declared_columns
from dangol.workspace.segment_rules import all_segments, named_rules


def questions(registry: Registry) -> str:
    """The page about questions."""
    every = sorted(registry.questions.values(), key=order)
    listed = table(
        ("Number", "한국어", "English", "Name"),
        ((each.number, each.ko, each.en, f"[{each.name}](#{anchor(each)})") for each in every),
    )
    return joined(
        "# Questions",
        f"{len(every)} questions. Ask one with `dangol ask Q51`, in the browser, or over [REST](rest.md). A question whose data "
        "a company lacks says what is missing. Write your own: [add a question](../how-to/add-a-question.md).",
        listed,
        *(one_question(each, registry) for each in every),
    )


def order(each: Question) -> tuple[str, int]:
    """The hundred questions by number, then the ten."""
    return each.number[:1], int(each.number[1:])


def anchor(each: Question) -> str:
    """The page's own address of a question's heading."""
    return f"{each.number.lower()}-{each.name}"


def one_question(each: Question, registry: Registry) -> str:
    """A question with its definition, options, sentence, table and next actions."""
    options = ((code(option.name), option.kind.__name__, code(option.default)) for option in each.options)
    chart = f"Chart: {each.chart.kind}." if each.chart.kind != "none" else ""
    return joined(
        titled(each, prefix=f"{each.number} "),
        paragraphs(each.doc),
        f"> {each.sentence_ko}\n>\n> {each.sentence_en}",
        f"{reads(each.query(), each.optional, registry)} Theme: {each.theme}. {chart}",
        table(("Option", "Type", "Default"), options),
        outputs(each.outputs),
        "\n".join(f"- → {action.ko} · {action.en}{leads(action)}" for action in each.actions),
    )


def leads(action: NextAction) -> str:
    """Where a next action leads."""
    target = action.rule or action.question or action.programme
    kind = "customers" if action.rule else "question" if action.question else "programme"
    return f" ({kind} {code(target)})" if target else ""


def segments(registry: Registry) -> str:
    """The page about segments."""
    return joined(
        "# Segments",
        'Customers chosen by a rule and called by a name. Any audience rule may name one: `in_segment(name="fallen_angel")`. '
        "Own ones are saved on page *Customers, Segments*, by `dangol segment`, or in `dangol.yaml` under `segments:`: "
        "[segments and policies](../how-to/segments-and-policies.md).",
        *(one_segment(each, registry) for each in registry.segments.values()),
    )


def one_segment(each: Segment, registry: Registry) -> str:
    """A segment with its rule in words."""
    rule = each.settings.rule
    said = "\n".join(f"> {in_words(rule, registry, language)}\n>" for language in ("ko", "en")).removesuffix("\n>")
    return joined(titled(each), paragraphs(each.doc), f"Rule: {code(rule)}", said)


def programmes(registry: Registry) -> str:
    """The page about programmes."""
    return joined(
        "# Programmes",
        "Standing rules for contacting customers. Start one with `dangol programme NAME --start`: "
        "[run a programme](../how-to/run-a-programme.md). Own ones stand in `dangol.yaml` under `programmes:`, with the "
        "keys of [ProgrammeSettings](config.md#programmesettings).",
        *(one_programme(each, registry) for each in registry.programmes.values()),
    )


def one_programme(each: Programme, registry: Registry) -> str:
    """A programme with its audience in words, arms and settings."""
    settings = each.settings
    arms = ((code(arm.name), f"{arm.share:g}", f"{arm.cost:g}", arm.offer_ko, arm.offer_en) for arm in settings.arms)
    rule = "\n".join(f"> {in_words(settings.audience, registry, language)}\n>" for language in ("ko", "en")).removesuffix("\n>")
    return joined(
        titled(each),
        f"{settings.value_ko} · {settings.value_en}",
        paragraphs(each.doc),
        f"Audience: {code(settings.audience)}",
        rule,
        table(("Setting", "Value"), values(settings)),
        table(("Arm", "Share", "Cost", "혜택", "Offer"), arms),
    )


def in_words(rule: str, registry: Registry, language: Language) -> str:
    """An audience rule as a sentence."""
    columns = {
        name: Term(name, each.kind, each.ko, each.en[:1].lower() + each.en[1:])
        for name, each in declared_columns(registry).items()
    }
    known = named_rules(all_segments([], registry.segments))
    return describe(parse(rule), Vocabulary(columns, segments=known), language)


def values(settings: ProgrammeSettings) -> list[tuple[str, str]]:
    """The settings that are single values."""
    kept = {
        "stage": settings.stage,
        "channels": codes(settings.channels),
        "holdout": f"{settings.holdout:.0%}",
        "goal": settings.goal,
        "horizon_days": str(settings.horizon_days),
        "cool_down_days": str(settings.cool_down_days),
        "rank_by": code(settings.rank_by),
        "capacity": str(settings.capacity or "no limit"),
        "destination": code(settings.destination),
    }
    return [(code(name), value) for name, value in kept.items()]
