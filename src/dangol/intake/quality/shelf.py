"""The shelf of cleaning rules: what other rows than real business stand in most companies' data.

On by default is only what can do no harm: nobody sells a product called "test", and "guest" is no customer who comes every day.
What changes sales is off until a person has looked at its figures.
"""

from __future__ import annotations

from collections.abc import Mapping

from dangol.core.query import Query, sql
from dangol.core.tables import TABLES
from dangol.core.text import to_translate as words
from dangol.intake.quality.rule import Rule

TEST_CODE = r"^(test|dummy|테스트)[-_ ]?[0-9]{0,6}$"
TEST_NAME = r"^\[?(test|dummy|테스트)\]?[-_ ]?(item|product|order|상품|주문)?[-_ ]?[0-9]{0,6}$"
PLACEHOLDER = (
    r"^(비회원|비회원구매|비회원주문|비회원고객|일반고객|현장고객|미등록|미가입|없음|알수없음|손님|guest|guest[ _-]?user"
    r"|anonymous|anon|unknown|none|null|nan|n/a|na|not available|undefined|no[ _-]?customer|walk[ _-]?in|cash[ _-]?customer"
    r"|test|dummy|-+|\.+|\?+)$"
)
# Numbers that may be real: placeholders only where they stand for a hundredth of all orders, and many times over.
NUMBERS = r"^(0+|-1|9{4,}|1234567?8?9?0?)$"
NOT_PRODUCTS = (
    r"^(post|postage|shipping|delivery|dot|carriage|c2|m|manual|d|discount|s|samples?|b|adjust[0-9]*|bank charges|amazonfee"
    r"|cruk|pads|fee|gift ?wrap|tip|배송비|배송료|택배비|수수료|포장비|할인|쿠폰|조정|수기|적립금)$"
)

TEST_LINES = """
    select t.delivery, t.row_no from {table} t
    left join (select distinct product_id from products where regexp_matches(lower(trim(product_name)), $name)) p
           on p.product_id = t.product_id
    where p.product_id is not null or regexp_matches(lower(trim(t.product_id)), $code)"""

SERVICE_LINES = "select delivery, row_no from {table} where regexp_matches(lower(trim(product_id)), $code)"

DOUBLE_LINES = """
    with marked as (
        select delivery, row_no, source, order_id, hash(order_id, product_id, quantity, unit_price, net_amount, discount_amount,
                                                       coupon_amount, ordered_at, customer_ref) as content
        from order_lines),
    again as (select source, content from marked group by source, content having count(*) > 1)
    select delivery, row_no from (
        select m.delivery, m.row_no, row_number() over (partition by m.source, m.content order by m.delivery, m.row_no) as place
        from marked m join again a on a.source = m.source and a.content = m.content) placed
    where place > 1"""

DOUBLE_RETURNS = """
    with marked as (
        select delivery, row_no, source, hash(order_id, product_id, quantity, refund_amount, returned_at, customer_ref) as content
        from returns where return_id is null),
    again as (select source, content from marked group by source, content having count(*) > 1)
    select delivery, row_no from (
        select m.delivery, m.row_no, row_number() over (partition by m.source, m.content order by m.delivery, m.row_no) as place
        from marked m join again a on a.source = m.source and a.content = m.content) placed
    where place > 1"""

# Orders of one customer at the same second with the same lines: the first one is kept, later deliveries count as repeats.
TWINS = """
    contents as (
        select l.system, l.order_id, bit_xor(hash(l.product_id, l.quantity, l.net_amount, l.unit_price)) as content, count(*) as n
        from order_lines l group by l.system, l.order_id),
    signed as (
        select o.delivery, o.row_no, o.source, o.system, o.order_id,
               hash(o.customer_ref, o.ordered_at, o.net_amount, o.channel, c.content, c.n) as signature
        from orders o left join contents c on c.system = o.system and c.order_id = o.order_id
        where o.customer_ref is not null and (c.n is not null or o.net_amount is not null)
          and extract(second from o.ordered_at) + extract(minute from o.ordered_at) > 0),
    again as (select system, signature from signed group by system, signature having count(distinct order_id) > 1),
    twins as (
        select delivery, row_no, source, system, order_id, place, delivery <> first_delivery as elsewhere from (
            select s.*, row_number() over w as place, first_value(s.delivery) over w as first_delivery
            from signed s join again a on a.system = s.system and a.signature = s.signature
            window w as (partition by s.system, s.signature order by s.order_id, s.delivery, s.row_no)) placed
        where place > 1)"""
DOUBLE_ORDERS = f"with {TWINS} select delivery, row_no from twins"
LINES_OF_DOUBLE_ORDERS = (
    f"with {TWINS} select l.delivery, l.row_no from order_lines l join twins t on t.system = l.system and t.order_id = l.order_id"
)

# Lines far beyond every usual quantity whose customer gave back as much of the same product within a month.
REVERSED = """
    large as (select 20 * percentile(quantity, 0.99) as enough from order_lines where quantity > 0),
    pairs as (
        select l.delivery as line_delivery, l.row_no as line_row, r.delivery as return_delivery, r.row_no as return_row
        from order_lines l cross join large
        join orders o on o.system = l.system and o.order_id = l.order_id
        join returns r on r.system = l.system and r.product_id = l.product_id and r.quantity = l.quantity
                      and coalesce(r.customer_ref, '') = coalesce(l.customer_ref, o.customer_ref, '')
                      and r.returned_at >= o.ordered_at and r.returned_at < o.ordered_at + interval 31 day
        where l.quantity >= greatest(large.enough, 100))"""
REVERSED_LINES = f"with {REVERSED} select distinct line_delivery as delivery, line_row as row_no from pairs"
REVERSED_RETURNS = f"with {REVERSED} select distinct return_delivery as delivery, return_row as row_no from pairs"

NOBODY_NUMBERED = """
    select t.delivery, t.row_no from {table} t left join (
        select system, customer_ref from orders where regexp_matches(customer_ref, $number)
        group by system, customer_ref having count(*) >= 50 and count(*) >= 0.01 * (select count(*) from orders)) n
      on n.system = t.system and n.customer_ref = t.customer_ref
    where n.customer_ref is not null or regexp_matches(lower(trim(t.customer_ref)), $word)"""


def on_each(text: str, tables: tuple[str, ...], **values: str) -> Mapping[str, Query]:
    """One declared query for several tables of the same shape."""
    return {table: sql(text.replace("{table}", table), **values) for table in tables}


SOLD = ("order_lines", "returns")
PERSONS = tuple(name for name, table in TABLES.items() if table.person and "customer_ref" in table.by_name)
NEEDS_PRODUCT = dict.fromkeys(SOLD, ("product_id",))

RULES: Mapping[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule(
            "test_orders",
            words("Test orders"),
            words("Lines and returns of products named “test” are left out. On by default: no customer buys them."),
            "leave_out",
            True,
            on_each(TEST_LINES, SOLD, code=TEST_CODE, name=TEST_NAME),
            NEEDS_PRODUCT,
        ),
        Rule(
            "placeholder_customers",
            words("Placeholder customers"),
            words(
                "Customer numbers such as “guest”, “비회원” or “0” stand for many people: their orders stay, as orders of "
                "nobody. On by default: as one customer they would be the best one."
            ),
            "unidentify",
            True,
            on_each(NOBODY_NUMBERED, PERSONS, word=PLACEHOLDER, number=NUMBERS),
            dict.fromkeys(PERSONS, ("customer_ref",)),
        ),
        Rule(
            "service_lines",
            words("Lines that are no products"),
            words(
                "Postage, fees, manual adjustments and discounts booked as products are left out, so that baskets and favourite "
                "products hold products only. Off by default: it changes sales."
            ),
            "leave_out",
            False,
            on_each(SERVICE_LINES, SOLD, code=NOT_PRODUCTS),
            NEEDS_PRODUCT,
        ),
        Rule(
            "duplicate_lines",
            words("Exact duplicates of order lines"),
            words(
                "Lines equal to another one of the same order in everything count once. Off by default: some tills write a line "
                "for each piece sold."
            ),
            "leave_out",
            False,
            {"order_lines": sql(DOUBLE_LINES), "returns": sql(DOUBLE_RETURNS)},
            {"order_lines": ("order_id", "product_id"), "returns": ("product_id", "returned_at")},
        ),
        Rule(
            "duplicate_orders",
            words("Orders delivered twice"),
            words(
                "Orders of one customer at the same moment with the same lines under another number count once. Off by default: "
                "it changes sales."
            ),
            "leave_out",
            False,
            {"orders": sql(DOUBLE_ORDERS), "order_lines": sql(LINES_OF_DOUBLE_ORDERS)},
            {"orders": ("order_id", "customer_ref", "ordered_at"), "order_lines": ("order_id", "product_id")},
        ),
        Rule(
            "reversed_outliers",
            words("Absurd quantities taken back"),
            words(
                "Lines with twenty times the usual largest quantity and the return that undoes them within a month are left out "
                "together. Net sales stay what they are. Off by default: it changes numbers of orders and returns."
            ),
            "leave_out",
            False,
            {"order_lines": sql(REVERSED_LINES), "returns": sql(REVERSED_RETURNS)},
            {"order_lines": ("quantity", "product_id"), "returns": ("quantity", "product_id")},
        ),
    )
}
