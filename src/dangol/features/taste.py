"""Taste: the categories and brands a customer's money goes to."""

from dangol.core.declare import Query, category, count, feature, share, sql


@feature(
    ko="선호 카테고리",
    en="Categories",
    main_category=category(ko="주 구매 카테고리", en="Main category"),
    main_category_share=share(ko="주 카테고리 비중", en="Share of main category"),
    category_count=count(ko="구매한 카테고리 수", en="Different categories"),
)
def categories() -> Query:
    """The category most of the customer's money goes to, and how wide the taste is.

    Shares are of what was paid with a known category, lines below zero left out; equal categories are told apart by name.
    """
    return sql("""
        with spent as (
            select l.customer_id, p.category, sum(case when l.net_amount > 0 then l.net_amount else 0 end) as amount
            from order_lines l join products p on p.product_id = l.product_id
            where l.customer_id is not null and p.category is not null
            group by l.customer_id, p.category),
        ranked as (
            select customer_id, category, amount,
                   row_number() over (partition by customer_id order by amount desc, category) as place,
                   sum(amount) over (partition by customer_id) as total
            from spent)
        select customer_id, max(case when place = 1 then category end) as main_category,
               max(case when place = 1 then share(amount, total) end) as main_category_share, count(*) as category_count
        from ranked group by customer_id""")


@feature(
    ko="선호 브랜드",
    en="Brands",
    main_brand=category(ko="주 구매 브랜드", en="Main brand"),
    main_brand_share=share(ko="주 브랜드 비중", en="Share of main brand"),
    brand_count=count(ko="구매한 브랜드 수", en="Different brands"),
)
def brands() -> Query:
    """The brand most of the customer's money goes to; shares are of what was paid for known brands, without lines below zero."""
    return sql("""
        with spent as (
            select l.customer_id, p.brand, sum(case when l.net_amount > 0 then l.net_amount else 0 end) as amount
            from order_lines l join products p on p.product_id = l.product_id
            where l.customer_id is not null and p.brand is not null
            group by l.customer_id, p.brand),
        ranked as (
            select customer_id, brand, amount,
                   row_number() over (partition by customer_id order by amount desc, brand) as place,
                   sum(amount) over (partition by customer_id) as total
            from spent)
        select customer_id, max(case when place = 1 then brand end) as main_brand,
               max(case when place = 1 then share(amount, total) end) as main_brand_share, count(*) as brand_count
        from ranked group by customer_id""")
