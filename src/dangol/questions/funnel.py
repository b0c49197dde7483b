"""The funnel from visitor to advocate, each step against a benchmark of its own (Q65; R198, R200)."""

from dangol.core.declare import Chart, NextAction, Query, category, count, flag, integer, number, question, share, sql, text

# In the order of the journey; each is also the name of the figure that a company may enter as its benchmark.
STEPS = (
    "visit_to_known", "known_to_lead", "lead_to_opportunity", "opportunity_to_won", "known_to_first", "lead_to_first",
    "first_to_second", "second_to_regular", "regular_to_loyal", "loyal_to_vip", "vip_to_advocate",
)  # fmt: skip
LISTED = " union all ".join(f"select {place} as place, '{step}' as step" for place, step in enumerate(STEPS, start=1))
ABSENT = ", ".join(f"max(case when step = '{step}' and entered = 0 then step end)" for step in STEPS)
# When somebody entered a step and when he reached the next one, on the company's clock.
REACHED = """
    visitors as (
        select min(occurred_at) as entered_at, min(case when customer_id is not null then occurred_at end) as reached_at
        from events group by coalesce(anonymous_id, cast(customer_id as varchar))),
    shopping_days as (
        select customer_id, min(ordered_at) as ordered_at
        from orders where status = 'completed' and customer_id is not null
        group by customer_id, date_trunc('day', local(ordered_at))),
    placed as (
        select customer_id, ordered_at, row_number() over (partition by customer_id order by ordered_at) as place from shopping_days),
    buyers as (
        select customer_id, min(case when place = 1 then ordered_at end) as first_at, min(case when place = 2 then ordered_at end) as second_at,
               min(case when place = 3 then ordered_at end) as third_at, min(case when place = 5 then ordered_at end) as fifth_at
        from placed where place <= 5 group by customer_id),
    prospects as (
        select p.customer_id, p.first_seen_at, b.first_at
        from people p left join buyers b on b.customer_id = p.customer_id where b.first_at is null or b.first_at > p.first_seen_at),
    asked as (select customer_id, min(created_at) as asked_at from leads where customer_id is not null group by customer_id),
    deals as (
        select l.lead_ref, min(o.opened_at) as opened_at
        from leads l join opportunities o on o.account_id = l.account_id and o.opened_at >= l.created_at group by l.lead_ref),
    monthly as (
        select customer_id, date_trunc('month', local(ordered_at)) as month, sum(net_amount) as sales
        from orders where status = 'completed' and customer_id is not null
        group by customer_id, date_trunc('month', local(ordered_at))),
    whole as (select min(month) + interval '13' month as since from monthly),
    edges as (
        select distinct m.month + interval '1' month as month
        from monthly m join whole w on m.month + interval '1' month >= w.since
        where m.month + interval '1' month <= date_trunc('month', local(data_until))),
    ranked as (
        select e.month, m.customer_id, row_number() over (partition by e.month order by sum(m.sales) desc, m.customer_id) as place,
               count(*) over (partition by e.month) as people
        from edges e join monthly m on m.month < e.month and m.month >= e.month - interval '12' month
        group by e.month, m.customer_id),
    vips as (
        select b.customer_id, min(r.month) as since
        from buyers b join ranked r on r.customer_id = b.customer_id and r.month >= local(b.fifth_at)
        where r.place <= ceil(0.2e0 * r.people) group by b.customer_id),
    praised as (
        select v.customer_id, min(local(f.given_at)) as praised_at
        from vips v join feedback f on f.customer_id = v.customer_id and local(f.given_at) >= v.since
        where f.rating >= case when f.feedback_kind = 'nps' then 9 else 4 end group by v.customer_id),
    steps as (
        select 'visit_to_known' as step, local(entered_at) as entered_at, local(reached_at) as reached_at from visitors
        union all
        select 'known_to_lead', local(p.first_seen_at), local(a.asked_at)
        from prospects p left join asked a on a.customer_id = p.customer_id where a.asked_at is null or a.asked_at > p.first_seen_at
        union all
        select 'lead_to_opportunity', local(l.created_at), local(d.opened_at)
        from leads l left join deals d on d.lead_ref = l.lead_ref
        union all
        select 'opportunity_to_won', local(opened_at), case when outcome = 'won' then local(closed_at) end from opportunities
        union all
        select 'known_to_first', local(first_seen_at), local(first_at) from prospects
        union all
        select 'lead_to_first', local(l.created_at), local(case when b.first_at < l.created_at then b.first_at
                                                                when l.converted_at is null then b.first_at
                                                                when b.first_at is null then l.converted_at
                                                                else least(l.converted_at, b.first_at) end)
        from leads l left join buyers b on b.customer_id = l.customer_id
        union all
        select 'first_to_second', local(first_at), local(second_at) from buyers
        union all
        select 'second_to_regular', local(second_at), local(third_at) from buyers
        union all
        select 'regular_to_loyal', local(third_at), local(fifth_at) from buyers
        union all
        select 'loyal_to_vip', local(b.fifth_at), v.since
        from buyers b join whole w on local(b.fifth_at) >= w.since left join vips v on v.customer_id = b.customer_id
        union all
        select 'vip_to_advocate', v.since, p.praised_at from vips v left join praised p on p.customer_id = v.customer_id),"""
FUNNEL = f"""
with listed as ({LISTED}),
{REACHED}
    dated as (
        select step, reached_at, days_between(entered_at, local(data_until)) - $within_days as age,
               case when days_between(entered_at, reached_at) <= $within_days then 1 else 0 end as converted
        from steps where entered_at is not null and (reached_at is null or reached_at >= entered_at)),
    counted as (
        select step, max(age) as oldest, count(case when age > 0 and age <= $days then 1 end) as entered,
               sum(case when age > 0 and age <= $days then converted else 0 end) as converted,
               count(case when age > 365 and age <= 365 + $days then 1 end) as entered_before,
               sum(case when age > 365 and age <= 365 + $days then converted else 0 end) as converted_before
        from dated group by step having count(reached_at) > 0),
    rated as (
        select l.place, l.step, coalesce(c.entered, 0) as entered, c.converted, share(c.converted, c.entered) as conversion,
               case when c.oldest >= 365 + $days + 30 and c.entered_before >= $fewest then c.entered_before end as entered_before,
               case when c.oldest >= 365 + $days + 30 and c.entered_before >= $fewest then share(c.converted_before, c.entered_before) end
                   as former,
               e.amount, e.source
        from listed l left join counted c on c.step = l.step left join entered e on e.figure = l.step),
    gone as (select nullif(concat_ws(' ||| ', {ABSENT}), '') as absent from rated),
    judged as (
        select place, step, entered, converted, conversion, former, source, coalesce(amount, former) as benchmark,
               case when amount is not null then 'entered' when former is not null then 'year_before' else 'no_benchmark' end as basis,
               case when entered >= $fewest then share(conversion, coalesce(amount, former)) end as relative,
               share(conversion - coalesce(amount, former),
                     case when amount is not null then sqrt(amount * (1e0 - amount) / entered)
                          else sqrt(share(converted + former * entered_before, entered + entered_before)
                                    * (1e0 - share(converted + former * entered_before, entered + entered_before))
                                    * (1e0 / entered + 1e0 / entered_before)) end) as standard_gap
        from rated where entered > 0),
    weakest as (select min_by(step, (relative, place)) as step from judged where relative < 1)
select j.step, j.entered as entered_count, cast(j.converted as bigint) as converted_count, j.conversion,
       (j.conversion + 1.9208e0 / j.entered - 1.96e0 * sqrt(j.conversion * (1 - j.conversion) / j.entered + 0.9604e0 / j.entered / j.entered))
           / (1 + 3.8416e0 / j.entered) as conversion_low,
       (j.conversion + 1.9208e0 / j.entered + 1.96e0 * sqrt(j.conversion * (1 - j.conversion) / j.entered + 0.9604e0 / j.entered / j.entered))
           / (1 + 3.8416e0 / j.entered) as conversion_high,
       j.benchmark, j.basis as benchmark_basis, j.relative, j.standard_gap, j.former as former_conversion, j.source,
       coalesce(j.step = w.step, false) as is_weakest, g.absent as absent_steps, cast($within_days as bigint) as within
from judged j cross join weakest w cross join gone g order by j.place"""


@question(
    "Q65",
    ko="방문자에서 옹호 고객까지 어느 단계가 기준에 가장 못 미치나요?",
    en="From visitor to advocate, which stage is furthest below its benchmark?",
    optional=("entered", "events", "leads", "opportunities", "orders", "feedback"),
    hidden=("absent_steps", "within"),
    sentence=(
        "기준에 가장 못 미치는 단계는 '{step}'입니다. {within:days} 안에 {conversion:percent|이/가} 다음 단계로 갔습니다. 기준인 1년 전 같은 단계는 {own:percent}였습니다. "
        "입력한 기준은 {entered:percent}입니다. {sure:percent}p 차이는 우연이라고 보기 어렵습니다. {unsure:percent}p 차이는 우연으로도 생길 수 있습니다. "
        "기준과 견준 단계 {level:count}개가 모두 기준에 이르렀습니다. 견줄 기준이 아직 없는 단계는 {without:count}개입니다. "
        "데이터가 없어 뺀 단계: {absent}.",
        "The stage furthest below its benchmark is “{step}”. Within {within:days} {conversion:percent} went on. The benchmark, the same step a "
        "year earlier, is {own:percent}. The benchmark entered is {entered:percent}. The difference of {sure:percent} points is beyond "
        "chance. The difference of {unsure:percent} points may be chance. "
        "All {level:count} steps compared reach their benchmark. {without:count|step has/steps have} nothing to be compared with yet. "
        "Left out, for want of data: {absent}.",
    ),
    headline="""
        with worst as (
            select max(step) as step, max(conversion) as conversion, max(case when benchmark_basis = 'year_before' then benchmark end) as own,
                   max(case when benchmark_basis = 'entered' then benchmark end) as entered, max(abs(standard_gap)) as gap, max(benchmark - conversion) as points,
                   max(within) as within
            from answer where is_weakest),
        every as (
            select max(entered_count) as n, count(relative) as compared, nullif(count(*) - count(relative), 0) as without,
                   max(absent_steps) as absent
            from answer)
        select w.step, w.conversion, w.own, w.entered, w.within, case when w.gap >= 1.96e0 then w.points end as sure,
               case when w.gap < 1.96e0 then w.points end as unsure,
               case when w.step is null and e.compared > 0 then e.compared end as level, e.without, e.absent, e.n
        from every e cross join worst w""",
    chart=Chart("bar", "step", ("conversion", "benchmark"), low="conversion_low", high="conversion_high"),
    actions=(
        NextAction("달마다 본 여정", "The funnel month by month", question="funnel"),
        NextAction("두 번째 구매까지 걸리는 시간", "Time to the second order", question="time_to_second_order"),
        NextAction("환영 프로그램", "Welcome programme", programme="welcome"),
    ),
    step=category(ko="단계", en="Step"),
    entered_count=count(ko="들어온 수", en="Entered"),
    converted_count=count(ko="다음 단계로 간 수", en="Went on"),
    conversion=share(ko="전환율", en="Conversion"),
    conversion_low=share(ko="전환율 하한(95%)", en="Conversion, low (95 %)"),
    conversion_high=share(ko="전환율 상한(95%)", en="Conversion, high (95 %)"),
    benchmark=share(ko="기준", en="Benchmark"),
    benchmark_basis=category(ko="기준의 근거", en="Benchmark from"),
    relative=share(ko="기준 대비", en="Against the benchmark"),
    standard_gap=number(ko="기준과의 차이(표준오차)", en="Difference in standard errors"),
    former_conversion=share(ko="1년 전 전환율", en="Conversion a year earlier"),
    source=text(ko="기준의 출처", en="Source of the benchmark"),
    is_weakest=flag(ko="가장 약한 단계", en="Weakest"),
    absent_steps=category(ko="뺀 단계", en="Steps left out"),
    within=integer(ko="허용 기간(일)", en="Days allowed"),
)
def stage_funnel(within_days: int = 90, days: int = 90, fewest: int = 30) -> Query:
    """Share of those who entered each stage that reached the next one, against the figure entered for it or its own a year earlier.

    Entered: in the last `days` that can be followed for `within_days`. Stages: visitor, prospect (known before the first order),
    lead, opportunity, won; first, second and third order; loyal (fifth); VIP (loyal, and at a month's beginning among the best
    fifth of buyers by sales of twelve complete months before); advocate (gave, as a VIP, four stars or more, or nine as a
    recommendation score). Orders on one day are one. Who had reached the next stage before does not count. A lead becomes a
    customer when it converted or ordered, and an opportunity when one is opened with its account. A step that nobody ever took in
    the data is not told by them: it is left out and named. The same step a year earlier is compared where the data go back a
    month further than it; both need `fewest` people. Who referred whom is not in the data, so that referring makes no advocate
    here. The interval is Wilson's (1927); differences are in standard errors of a share.
    """
    return sql(FUNNEL, within_days=within_days, days=days, fewest=fewest)
