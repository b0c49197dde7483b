"""Every declaration is complete, fits the tables, and gives exactly what it declares."""

import re
from collections import Counter
from datetime import datetime

import pytest
from sqlglot import parse_one

from dangol.core.declare import FromList, Predictor
from dangol.core.engine import Duck
from dangol.core.query import Scope, bind
from dangol.core.rules import Term, Vocabulary, check, describe, parse
from dangol.core.tables import FACTS
from dangol.core.text import placeholders
from dangol.workspace.beside import BESIDE_TYPES
from dangol.workspace.binding import FACT_SCHEMA, Binder
from dangol.workspace.facts import LATER
from dangol.workspace.lineage import needs
from dangol.workspace.registry import ROOMS, built_in, declared_columns, discover, reason_columns
from dangol.workspace.segment_rules import all_segments, named_rules

REGISTRY = discover()
HANGUL = re.compile(r"[가-힣]")
AS_OF = datetime(2026, 3, 1)
PROFILE = declared_columns(REGISTRY)
PROFILE_SCHEMA = {
    "customer_id": "BIGINT",
    "first_seen_at": "TIMESTAMP",
    **{name: output.sql_type for name, output in PROFILE.items()},
}
READABLE = {**PROFILE_SCHEMA, **{name: output.sql_type for name, output in reason_columns(REGISTRY).items()}}
WITH_PROFILE = {**FACT_SCHEMA, "profile": READABLE, **BESIDE_TYPES}
VOCABULARY = Vocabulary(
    {name: Term(name, each.kind, each.ko, each.en.lower()) for name, each in PROFILE.items()},
    segments=named_rules(all_segments([], REGISTRY.segments)),
)
NUMERIC = ("BIGINT", "INTEGER", "HUGEINT", "DOUBLE", "DECIMAL")
FITTING = {
    "count": ("BIGINT", "INTEGER", "HUGEINT"),
    "integer": ("BIGINT", "INTEGER"),
    "money": ("DECIMAL",),
    "share": ("DOUBLE",),
    "probability": ("DOUBLE",),
    "number": NUMERIC,
    "measure": NUMERIC,
    "days": ("DOUBLE",),
    "category": ("VARCHAR",),
    "text": ("VARCHAR",),
    "month": ("DATE",),
    "day": ("DATE",),
    "moment": ("TIMESTAMP",),
    "flag": ("BOOLEAN",),
}


def every(kind):
    return [pytest.param(each, id=each.name) for each in getattr(REGISTRY, kind).values()]


def named(each):
    return f"{each.room}-{each.name}"


@pytest.fixture(scope="module")
def empty():
    """An engine with every fact table, the profile and no row."""
    with Duck(memory_limit="500MB", threads=1) as duck:
        for table, columns in WITH_PROFILE.items():
            listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
            duck.execute(f"create table {table} ({listed})")
        yield duck


@pytest.mark.parametrize("each", REGISTRY.declarations, ids=named)
def test_both_languages_and_a_first_line(each):
    assert HANGUL.search(each.ko)
    assert each.en
    assert not HANGUL.search(each.en)
    assert len(each.summary) > 20
    assert re.fullmatch(r"[a-z][a-z0-9_]*", each.name)
    assert each.file.is_file()


@pytest.mark.parametrize("each", [*every("features"), *every("predictions"), *every("questions")])
def test_every_output_has_both_languages(each):
    for name, output in each.outputs.items():
        assert name == output.name
        assert HANGUL.search(output.ko), name
        assert output.en, name
        assert not HANGUL.search(output.en), name


def test_names_and_numbers_are_unique():
    numbers = Counter(question.number for question in REGISTRY.questions.values())
    assert not [number for number, times in numbers.items() if times > 1]
    for question in REGISTRY.questions.values():
        assert REGISTRY.find_question(question.number) is question
        assert REGISTRY.find_question(question.name) is question


def test_no_column_of_the_profile_belongs_to_two_declarations():
    owners = [*REGISTRY.features.values(), *REGISTRY.predictions.values()]
    columns = Counter(name for owner in owners for name in owner.outputs)
    assert not [name for name, times in columns.items() if times > 1]
    assert not {"customer_id", "first_seen_at"} & set(columns)


@pytest.mark.parametrize("family", every("features"))
def test_features_fit_the_tables_and_give_what_they_declare(family, empty):
    query = family.query()
    found = needs(query, FACT_SCHEMA, where=family.name)
    assert set(found.outputs) == {"customer_id", *family.outputs}
    assert query.tables <= set(FACTS)
    described = empty.described(bind(query, Scope(AS_OF)))
    assert set(described) == set(found.outputs)


@pytest.mark.parametrize("question", every("questions"))
def test_questions_fit_the_tables_and_give_what_they_declare(question, empty):
    query = question.query()
    found = needs(query, WITH_PROFILE, where=question.name)
    assert list(found.outputs) == list(question.outputs)
    assert query.tables <= set(WITH_PROFILE)
    described = empty.described(bind(query, Scope(AS_OF)))
    for name, output in question.outputs.items():
        assert described[name].startswith(FITTING[output.kind]), f"{name}: {output.kind} is {described[name]}"


@pytest.mark.parametrize("question", every("questions"))
def test_headlines_give_one_row_with_n_and_all_that_sentences_name(question, empty):
    outputs = {name: output.sql_type for name, output in question.outputs.items()}
    found = needs(question.headline, {"answer": outputs}, where=question.name)
    assert "n" in found.outputs
    for language in ("ko", "en"):
        assert placeholders(question.sentence(language)) <= set(found.outputs), language
    assert HANGUL.search(question.sentence("ko"))
    assert not HANGUL.search(question.sentence("en"))
    assert placeholders(question.sentence("ko")) == placeholders(question.sentence("en"))
    empty.execute(f"create or replace temp table answer ({', '.join(f'{name} {kind}' for name, kind in outputs.items())})")
    assert len(empty.rows(bind(question.headline, Scope(AS_OF)))) <= 1


@pytest.mark.parametrize("each", [*every("features"), *every("questions")])
def test_queries_are_written_for_every_engine(each):
    for dialect in ("duckdb", "spark"):
        for zone in ("Asia/Seoul", "America/New_York"):
            text = bind(each.query(), Scope(AS_OF, zone, dialect)).sql(dialect=dialect)
            assert parse_one(text, read=dialect)
            assert "$" not in text
            assert "as_of" not in text.lower()


@pytest.mark.parametrize("question", every("questions"))
def test_charts_hidden_and_optional_name_what_is_there(question):
    chart = question.chart
    assert {name for name in (chart.x, *chart.y, chart.colour) if name} <= set(question.outputs)
    assert set(question.hidden) <= set(question.outputs)
    assert not set(question.hidden) & {chart.x, *chart.y}
    for name in question.optional:
        table, _, column = name.partition(".")
        assert table in WITH_PROFILE
        assert not column or column in WITH_PROFILE[table]


@pytest.mark.parametrize("question", every("questions"))
def test_actions_lead_somewhere(question):
    for action in question.actions:
        assert HANGUL.search(action.ko)
        assert action.en
        assert [bool(action.rule), bool(action.question), bool(action.programme)].count(True) == 1
        if action.rule:
            rule = parse(action.rule)
            check(rule, VOCABULARY)
            assert HANGUL.search(describe(rule, VOCABULARY, "ko"))
        if action.question:
            assert action.question in REGISTRY.questions
            assert action.question != question.name
        if action.programme:
            assert action.programme in REGISTRY.programmes


@pytest.mark.parametrize("question", every("questions"))
def test_options_have_types_and_defaults_and_are_checked(question):
    for option in question.options:
        assert option.kind in (int, float, str, bool)
        assert isinstance(option.default, option.kind)
        assert question.query(**{option.name: str(option.default)}).values == question.query().values


@pytest.mark.parametrize("prediction", every("predictions"))
def test_predictions_need_and_group_real_features(prediction):
    model = prediction.model
    assert issubclass(model, Predictor)
    features = {name for family in REGISTRY.features.values() for name in family.outputs}
    assert set(model.needs) <= features
    assert set(model.useful()) <= features
    listed = Counter(model.useful())
    assert not [name for name, times in listed.items() if times > 1]
    for group in model.groups.values():
        assert HANGUL.search(group.ko)
        assert group.en
    for name, setting in model.model_fields.items():
        assert setting.description, name


@pytest.mark.parametrize("prediction", every("predictions"))
def test_labels_read_only_the_later_window_and_the_profile(prediction):
    later = {f"later_{name}": FACT_SCHEMA[name] for name in LATER}
    query = prediction.model().label()
    # a list without moments is no past: its labels read the list itself, and nothing else
    listed = {prediction.model.only_with} if issubclass(prediction.model, FromList) else set()
    assert query.tables <= (listed or {*later, "profile"})
    found = needs(
        query, {**later, **{name: FACT_SCHEMA[name] for name in listed}, "profile": PROFILE_SCHEMA}, where=prediction.name
    )
    assert "customer_id" in found.outputs
    assert len(found.outputs) > 1


@pytest.mark.parametrize("segment", every("segments"))
def test_segments_speak_of_columns_that_exist(segment):
    check(parse(segment.settings.rule), VOCABULARY)
    assert segment.name in VOCABULARY.segments
    assert (segment.ko, segment.en) == (segment.settings.ko, segment.settings.en)


@pytest.mark.parametrize("programme", every("programmes"))
def test_programmes_speak_of_columns_that_exist(programme):
    settings = programme.settings
    check(parse(settings.audience), VOCABULARY)
    assert {each.strip() for each in settings.rank_by.split("*") if each.strip()} <= set(PROFILE)
    assert settings.destination in REGISTRY.destinations


def test_every_file_of_a_room_declares_something():
    shelves = {path for each in REGISTRY.declarations for path in [each.file]}
    for room in ("features", "questions", "segments", "programmes", "sources", "destinations"):
        folder = next(iter(shelves)).parents[1] / room
        for path in folder.glob("*.py"):
            if path.stem != "__init__":
                assert path in shelves, path.name


def test_the_same_name_twice_is_refused_with_both_files(tmp_path):
    text = (
        "from dangol.core.declare import feature, count, sql\n"
        "@feature(ko='가', en='A', extra_count=count(ko='가', en='A'))\n"
        "def rfm():\n"
        "    '''Something of our own that clashes.'''\n"
        "    return sql('select customer_id, 1 as extra_count from people')\n"
    )
    (tmp_path / "mine.py").write_text(text)
    with pytest.raises(Exception, match=r"rfm.*declared twice") as problem:
        discover(tmp_path)
    assert "mine.py" in str(problem.value)
    assert "rfm.py" in str(problem.value)


def test_a_stranger_s_file_works_like_a_built_in(tmp_path):
    text = (
        "from dangol.core.declare import feature, count, sql\n"
        "@feature(ko='리뷰', en='Reviews', review_count=count(ko='리뷰 수', en='Reviews'))\n"
        "def reviews():\n"
        "    '''How many reviews a customer wrote.'''\n"
        "    return sql('select customer_id, count(*) as review_count from feedback group by customer_id')\n"
    )
    (tmp_path / "reviews.py").write_text(text)
    found = discover(tmp_path)
    assert list(found.features["reviews"].outputs) == ["review_count"]
    assert len(found.features) == len(REGISTRY.features) + 1


def test_a_binder_without_facts_says_what_is_missing(write_facts, tmp_path):
    facts = write_facts(tmp_path, people=[{"customer_id": 1, "first_seen_at": "2026-01-01"}])
    bound = Binder(facts, AS_OF, "Asia/Seoul").bind(REGISTRY.features["rfm"].query(), where="rfm", optional=("returns",))
    assert bound.missing == ("orders.*",)
    assert set(bound.lost) == {"customer_id", *REGISTRY.features["rfm"].outputs}


@pytest.mark.parametrize(("kind", "room"), ROOMS.items(), ids=lambda each: each.__name__.rpartition(".")[2])
def test_a_room_holds_its_own_kind_only(kind, room):
    declared = list(built_in(room))
    assert declared
    assert {type(each) for each in declared} == {kind}
