"""Questions: a query, a headline drawn from its answer, a sentence, a chart and what to do next."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args, get_origin

from dangol.core.declare.column import Output
from dangol.core.declare.declaration import Declaration, documented, name_outputs, written_in
from dangol.core.errors import DeclarationError, UnknownName, told
from dangol.core.query import Query, Value, sql

LARGEST_OPTION = 1_000_000  # days, months and rows; beyond it engines overflow
KINDS = {"int": told("int"), "float": told("float"), "str": told("str"), "bool": told("bool")}
# By what people are counted: each for himself, with those of his home, or with those of his company.
Unit = Literal["person", "household", "account"]
ChartKind = Literal["line", "bar", "stacked", "pareto", "histogram", "heatmap", "curves", "none"]


@dataclass(frozen=True)
class Chart:
    """How an answer is drawn: column `x` across, columns `y` up, `colour` for the third dimension of a heat map.

    The rows of a heat map are the values of `y`, or moves from the first of two columns to the second.
    `low` and `high` are the columns with the interval of the first of `y`, drawn as a bar across its end. Of `curves` every row
    is a line named by `x`, and the columns `y` stand across; where rows are of several kinds, in column `colour`, those of the
    first of `kinds` are drawn that has any.
    """

    kind: ChartKind
    x: str = ""
    y: tuple[str, ...] = ()
    colour: str = ""
    low: str = ""
    high: str = ""
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class NextAction:
    """What to do with an answer: words in both languages and a place to go.

    `rule` opens the customers it selects; `question` opens another question; `programme` a programme.
    """

    ko: str
    en: str
    rule: str = ""
    question: str = ""
    programme: str = ""

    def title(self, language: str) -> str:
        """The words in a language."""
        return self.ko if language == "ko" else self.en


@dataclass(frozen=True)
class Option:
    """A setting of a question: CLI option, query parameter and form field at once.

    Attributes:
        choices: the texts it may be; any value of its kind where there are none.
    """

    name: str
    kind: type
    default: Value
    choices: tuple[str, ...] = ()

    @classmethod
    def of(cls, parameter: inspect.Parameter) -> Option:
        """The option that a parameter of a question's function makes."""
        choices = get_args(parameter.annotation) if get_origin(parameter.annotation) is Literal else ()
        return cls(parameter.name, str if choices else parameter.annotation, parameter.default, choices)


@dataclass(frozen=True, kw_only=True)
class Question(Declaration):
    """A question marketers ask, and all it takes to answer it.

    Attributes:
        number: such as "Q1" or "T6".
        theme: the file it lives in; groups questions on the page.
        outputs: columns of the answer's table.
        build: makes the query; its keyword arguments are the options.
        headline: a query over `answer` with exactly one row; must give `n`, the number of customers, orders … it rests on.
        sentence_ko, sentence_en: templates over the headline's columns.
        headline_kinds: which kind each headline column is, when the template's format does not say it.
        actions: what to do next.
        optional: tables or `table.column` that may be absent; they count as having no rows or values.
        hidden: columns that serve the headline and are not shown in the table.
    """

    number: str
    theme: str
    outputs: Mapping[str, Output]
    build: Callable[..., Query]
    headline: Query
    sentence_ko: str
    sentence_en: str
    chart: Chart
    actions: tuple[NextAction, ...]
    optional: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    @property
    def options(self) -> tuple[Option, ...]:
        """The options, read from the function's signature."""
        parameters = inspect.signature(self.build, eval_str=True).parameters.values()
        return tuple(Option.of(each) for each in parameters)

    def query(self, **options: Value) -> Query:
        """The query with options put in.

        Raises:
            UnknownName: an option the question does not have.
            DeclarationError: an option's value of the wrong type.
        """
        known = {option.name: option for option in self.options}
        for name, value in options.items():
            UnknownName.check(told("option"), name, known, where=self.name)
            options[name] = converted(known[name], value, self.name)
        return self.build(**options)

    def sentence(self, language: str) -> str:
        """The sentence's template in a language."""
        return self.sentence_ko if language == "ko" else self.sentence_en


def converted(option: Option, value: Value, where: str) -> Value:
    """An option's value as its declared type; faces hand over text.

    Raises:
        DeclarationError: it cannot be read as that type, or is no sensible number of days, months or rows.
    """
    try:
        read: Value = value if isinstance(value, option.kind) else option.kind(value)
    except (TypeError, ValueError) as problem:
        wanted = option.kind.__name__
        what = told("option {name} = {value:quoted} is not {kind}", name=option.name, value=value, kind=KINDS.get(wanted, wanted))
        raise DeclarationError(what, where=where) from problem
    if option.choices and read not in option.choices:
        what = told("option {name} = {value:quoted} is not known", name=option.name, value=value)
        raise DeclarationError(what, where=where, hint=told("known: {names:listed}{more}", names=list(option.choices), more=""))
    if isinstance(read, int) and not isinstance(read, bool) and not 1 <= read <= LARGEST_OPTION:
        what = told("option {name} = {value} is not between 1 and {most}", name=option.name, value=str(read), most=LARGEST_OPTION)
        raise DeclarationError(what, where=where)
    return read


def question(
    number: str,
    *,
    ko: str,
    en: str,
    sentence: tuple[str, str],
    headline: str,
    chart: Chart,
    actions: tuple[NextAction, ...] = (),
    optional: tuple[str, ...] = (),
    hidden: tuple[str, ...] = (),
    **outputs: Output,
) -> Callable[[Callable[..., Query]], Question]:
    """Declare a question: the function returns the query of its table, the headline draws one row from it.

    `sentence` is (Korean, English); formats such as `{sales:money}` and particles `{name|이/가}` are those of core.text.
    """

    def declare(build: Callable[..., Query]) -> Question:
        path = written_in(build)
        return Question(
            name=build.__name__,
            number=number,
            theme=path.stem,
            ko=ko,
            en=en,
            doc=documented(build),
            file=path,
            outputs=name_outputs(outputs),
            build=build,
            headline=sql(headline),
            sentence_ko=sentence[0],
            sentence_en=sentence[1],
            chart=chart,
            actions=actions,
            optional=optional,
            hidden=hidden,
            room="question",
        )

    return declare
