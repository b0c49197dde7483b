"""Declared queries: parameters, the moment, names of tables, and words that must not become SQL."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from dangol.core.engine import Duck
from dangol.core.errors import DeclarationError, EngineError
from dangol.core.query import Scope, bind, named, preceded, sql

AS_OF = datetime(2026, 3, 1)
DUCK = Duck(memory_limit="500MB", threads=1)


def ask(query, **scope):
    return DUCK.rows(bind(query, Scope(AS_OF, **scope)))


@given(wanted=st.text(min_size=0, max_size=30), others=st.lists(st.text(max_size=30), max_size=5))
@settings(max_examples=200, deadline=None)
def test_a_parameter_selects_exactly_its_rows_whatever_it_says(wanted, others):
    """Quotes, comments and semicolons in a value are data."""
    words = [word.replace("\x00", "") for word in [wanted, *others, "'; drop table words; --", "$wanted", "as_of", "' or '1'='1"]]
    DUCK.execute("create or replace table words (place integer, word varchar)")
    DUCK.connection.executemany("insert into words values (?, ?)", list(enumerate(words)))
    found = ask(sql("select place from words where word = $wanted order by place", wanted=words[0]))
    assert [row["place"] for row in found] == [place for place, word in enumerate(words) if word == words[0]]
    assert DUCK.value("select count(*) from words") == len(words)


@pytest.mark.parametrize(
    "value",
    [0, -7, 2**40, 1.5, 1e-9, True, None, Decimal("12.30"), date(2026, 2, 3), datetime(2026, 2, 3, 4, 5, 6, 789), "한글 'q'"],
    ids=repr,
)
def test_values_come_back_as_they_went_in(value):
    assert ask(sql("select $value as value", value=value)) == [{"value": value}]


def test_the_moment_is_a_typed_literal_wherever_it_stands():
    (row,) = ask(sql("with a as (select as_of as at) select at, as_of + interval '1' day as tomorrow from a"))
    assert row == {"at": AS_OF, "tomorrow": datetime(2026, 3, 2)}


def test_a_column_called_as_of_of_a_table_stays_a_column():
    found = ask(sql("select t.as_of as at from (select timestamp '2001-02-03' as as_of) t"))
    assert found == [{"at": datetime(2001, 2, 3)}]


def test_a_parameter_without_a_value_is_named():
    with pytest.raises(DeclarationError, match=r"\$top"):
        bind(sql("select 1 limit $top", other=1), Scope(AS_OF))


@pytest.mark.parametrize(
    "text", ["select 1; drop table orders", "drop table orders", "insert into orders values (1)", "selec 1", ""]
)
def test_only_one_select_is_a_query(text):
    with pytest.raises(DeclarationError):
        sql(text)


ORDERS = exp.select("1 as customer_id", "10 as amount")


def test_a_table_name_is_replaced_by_its_source():
    assert ask(sql("select o.amount from orders o"), sources={"orders": ORDERS}) == [{"amount": 10}]
    assert ask(sql("select orders.amount from orders"), sources={"orders": ORDERS}) == [{"amount": 10}]


def test_an_own_expression_named_like_a_table_reads_the_table_inside_and_itself_outside():
    query = sql("with orders as (select amount + 1 as amount from orders) select amount from orders")
    assert ask(query, sources={"orders": ORDERS}) == [{"amount": 11}]


def test_an_own_expression_is_seen_by_later_ones_and_by_nested_queries():
    query = sql("""
        with orders as (select 5 as amount), doubled as (select 2 * amount as amount from orders)
        select (select max(amount) from doubled) + (select max(amount) from (select amount from orders) x) as total""")
    assert ask(query, sources={"orders": ORDERS}) == [{"total": 15}]


def test_tables_leave_out_own_expressions():
    assert sql("with a as (select * from orders) select * from a join people using (customer_id)").tables == {"orders", "people"}


def test_binding_changes_nothing_declared():
    query = sql("select amount, $x as x from orders where as_of > timestamp '2000-01-01'", x=1)
    before = query.text()
    first = ask(query, sources={"orders": ORDERS})
    assert ask(query, sources={"orders": ORDERS}) == first
    assert query.text() == before


def test_preceding_queries_can_be_named():
    whole = preceded(
        sql("with own as (select n from given) select n + $more as n from own", more=1), given=sql("select $n as n", n=41)
    )
    assert ask(whole) == [{"n": 42}]


def test_names_that_need_quotes_get_them():
    DUCK.execute('create or replace table "odd name; --" as select 3 as n')
    assert DUCK.rows(exp.select("n").from_(named("odd name; --"))) == [{"n": 3}]


def test_wrong_number_of_arguments_is_said():
    with pytest.raises(DeclarationError, match="share takes 2 arguments, found 1"):
        bind(sql("select share(1) as x"), Scope(AS_OF))


def test_unknown_engine_is_named():
    with pytest.raises(DeclarationError, match="oracle"):
        bind(sql("select share(1, 2) as x"), Scope(AS_OF, dialect="oracle"))


def test_a_failing_query_says_where():
    with pytest.raises(EngineError, match="no_such_table") as problem:
        DUCK.rows("select * from no_such_table")
    assert "no_such_table" in problem.value.where


def test_files_are_written_whole_or_not_at_all(tmp_path):
    target = tmp_path / "out.parquet"
    assert DUCK.write_parquet("select range as n from range(10)", target, order_by=("n",)) == 10
    with pytest.raises(EngineError):
        DUCK.write_parquet("select 1 / (select n from no_table)", target)
    assert DUCK.value(f"select sum(n) from '{target}'") == 45
    assert [path.name for path in tmp_path.iterdir()] == ["out.parquet"]
