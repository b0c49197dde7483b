"""Follow-up: what customers brought in the months after they were contacted, beside those held out (V13; R182)."""

from dangol.core.declare import Chart, NextAction, Query, count, integer, money, question, sql

STEPS = " union all ".join(f"select {step} as step" for step in range(1, 13))


@question(
    "V13",
    ko="캠페인 뒤 고객 가치는 어떻게 달라졌나요?",
    en="How did customer value change after campaigns?",
    optional=("decisions", "campaign_members", "campaigns", "campaign_members.arm", "campaigns.randomised", "returns"),
    sentence=(
        "{days:days} 뒤 연락한 고객은 비교군보다 1인당 {difference:money} 더 가져왔습니다. (95% 구간 {low:money}에서 {high:money}) "
        "연락 비용은 1인당 {cost:money}입니다. "
        "{unsure_days:days} 뒤 연락한 고객과 비교군의 차이는 1인당 {unsure:money}이고, 우연으로도 생길 수 있습니다. "
        "(95% 구간 {unsure_low:money}에서 {unsure_high:money})",
        "After {days:days} customers contacted had brought {difference:money} more each than those held out "
        "(95 % interval {low:money} to {high:money}). A contact cost {cost:money}. "
        "After {unsure_days:days} the difference between customers contacted and held out was {unsure:money} each, which chance can explain "
        "(95 % interval {unsure_low:money} to {unsure_high:money}).",
    ),
    headline="""
        with furthest as (
            select *, row_number() over (order by days_after desc) as back from answer where difference_low is not null)
        select max(case when difference_low > 0 or difference_high < 0 then days_after end) as days,
               max(case when difference_low > 0 or difference_high < 0 then difference end) as difference,
               max(case when difference_low > 0 or difference_high < 0 then difference_low end) as low,
               max(case when difference_low > 0 or difference_high < 0 then difference_high end) as high,
               max(case when difference_low > 0 or difference_high < 0 then cost_each end) as cost,
               max(case when difference_low <= 0 and difference_high >= 0 then days_after end) as unsure_days,
               max(case when difference_low <= 0 and difference_high >= 0 then difference end) as unsure,
               max(case when difference_low <= 0 and difference_high >= 0 then difference_low end) as unsure_low,
               max(case when difference_low <= 0 and difference_high >= 0 then difference_high end) as unsure_high,
               max(treated_count + held_out_count) as n
        from furthest where back = 1""",
    chart=Chart("line", "days_after", ("treated_value", "held_out_value")),
    actions=(
        NextAction("어떤 혜택이 필요한가요?", "What incentive is needed", question="incentive_needed"),
        NextAction("예산을 나눌 곳", "What to invest in", question="customer_portfolio"),
    ),
    days_after=integer(ko="연락 후 일수", en="Days after it"),
    campaign_count=count(ko="캠페인 수", en="Campaigns"),
    treated_count=count(ko="연락한 고객", en="Contacted"),
    held_out_count=count(ko="비교군", en="Held out"),
    treated_value=money(ko="누적 마진(연락한 고객)", en="Margin since, contacted"),
    held_out_value=money(ko="누적 마진(비교군)", en="Margin since, held out"),
    difference=money(ko="차이(1인당)", en="Difference each"),
    difference_low=money(ko="차이 하한(95%)", en="Difference, low (95 %)"),
    difference_high=money(ko="차이 상한(95%)", en="Difference, high (95 %)"),
    cost_each=money(ko="연락 비용(1인당)", en="Cost of a contact"),
)
def value_after_contact() -> Query:
    """Margin less refunds that customers brought since a contact, beside those held out by chance, after 30, 60 … 360 days.

    Own programmes with a holdout, and delivered campaigns that were randomised; each is compared with its own held-out customers and
    weighs by those it reached. A step counts campaigns that are that old, so that later steps may rest on fewer. Intervals are
    normal approximations of the difference of two means; steps with fewer than 30 on either side have none. The cost of the
    contact is not taken off.
    """
    return sql(
        f"""
        with steps as ({STEPS}),
        assigned as (
            select d.campaign_id, d.customer_id, d.decided_at as since, case when d.action = 'contact' then 1 else 0 end as reached,
                   case when d.action = 'contact' then coalesce(d.cost, 0) else 0 end as cost
            from decisions d where d.action in ('contact', 'hold_out')
            union all
            select m.campaign_id, m.customer_id, coalesce(m.assigned_at, c.starts_at) as since,
                   case when coalesce(m.arm, 'treated') <> 'held_out' then 1 else 0 end as reached,
                   case when coalesce(m.arm, 'treated') <> 'held_out' then coalesce(c.cost_per_contact, 0) else 0 end as cost
            from campaign_members m join campaigns c on c.campaign_id = m.campaign_id
            where c.randomised and m.customer_id is not null),
        members as (
            select campaign_id, customer_id, min(since) as since, max(reached) as reached, max(cast(cost as double)) as cost
            from assigned group by campaign_id, customer_id having count(*) = 1),
        moved as (
            select customer_id, ordered_at as moment, cast(margin_amount as double) as amount
            from orders where status = 'completed' and customer_id is not null
            union all
            select customer_id, returned_at as moment, -cast(refund_amount as double) as amount
            from returns where customer_id is not null),
        brought as (
            select m.campaign_id, m.customer_id, cast(floor(days_between(m.since, v.moment) / 30) as bigint) + 1 as step,
                   sum(v.amount) as amount
            from members m join moved v on v.customer_id = m.customer_id
            where v.moment >= m.since and days_between(m.since, v.moment) < 360 group by 1, 2, 3),
        watched as (
            select m.campaign_id, m.customer_id, m.reached, m.cost, s.step
            from members m join steps s on days_between(m.since, as_of) >= 30 * s.step),
        known as (
            select w.campaign_id, w.step, w.reached, w.customer_id, w.cost,
                   sum(coalesce(b.amount, 0e0)) over (partition by w.campaign_id, w.customer_id order by w.step) as amount
            from watched w left join brought b
                on b.campaign_id = w.campaign_id and b.customer_id = w.customer_id and b.step = w.step),
        summed as (
            select campaign_id, step, reached, count(*) as size, avg(amount) as mean, avg(cost) as cost,
                   coalesce(share(var_samp(amount), count(*)), 0e0) as doubt
            from known group by campaign_id, step, reached),
        paired as (
            select t.campaign_id, t.step, t.size, h.size as held_size, t.mean, h.mean as held_mean, t.doubt + h.doubt as doubt, t.cost,
                   share(t.size, sum(t.size) over (partition by t.step)) as weight
            from summed t join summed h on h.campaign_id = t.campaign_id and h.step = t.step
            where t.reached = 1 and h.reached = 0),
        pooled as (
            select step, count(*) as campaign_count, sum(size) as treated_count, sum(held_size) as held_out_count,
                   sum(weight * mean) as mean, sum(weight * held_mean) as held_mean, sum(weight * cost) as cost,
                   sqrt(sum(weight * weight * doubt)) as error
            from paired group by step)
        select cast(step * 30 as bigint) as days_after, campaign_count, cast(treated_count as bigint) as treated_count,
               cast(held_out_count as bigint) as held_out_count, cast(mean as decimal(18, 2)) as treated_value,
               cast(held_mean as decimal(18, 2)) as held_out_value, cast(mean - held_mean as decimal(18, 2)) as difference,
               case when treated_count >= 30 and held_out_count >= 30
                   then cast(mean - held_mean - 1.96e0 * error as decimal(18, 2)) end as difference_low,
               case when treated_count >= 30 and held_out_count >= 30
                   then cast(mean - held_mean + 1.96e0 * error as decimal(18, 2)) end as difference_high,
               cast(cost as decimal(18, 2)) as cost_each
        from pooled order by days_after"""
    )
