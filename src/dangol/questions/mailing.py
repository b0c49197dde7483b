"""Mailing: who opens, clicks and unsubscribes at how many e-mails a week, and what that leaves (Q38)."""

from dangol.core.declare import Chart, NextAction, Query, count, integer, money, question, share, sql


@question(
    "Q38",
    ko="누가 이메일을 열고, 누르고, 수신 거부하나요? 얼마나 자주 보내야 하나요?",
    en="Who will open, click or unsubscribe, and how often should we write?",
    optional=("profile.expected_margin_12m", "campaigns", "orders.margin_amount"),
    hidden=("week_count", "people_count"),
    sentence=(
        "최근 {weeks:count}주 동안 이메일을 받은 {n:count}명을 보면, 이메일을 보낸 주 가운데 {best:count}통을 받은 주에 남는 마진이 1인당 {left:money|으로/로} 가장 많았습니다. "
        "이메일을 보내지 않은 주에 남은 마진은 {left_none:money}입니다. "
        "{best:count}통을 받은 주의 오픈율은 {opened:percent}, 클릭률은 {clicked:percent}, 수신 거부율은 {gone:percent}입니다. "
        "많이 보낸 고객이 원래 더 잘 사는 고객일 수 있으니, 횟수를 정하기 전에 나누어 시험하십시오.",
        "In the last {weeks:count} weeks {n:count} people got e-mail. "
        "Of their weeks with e-mail those with {best:count|e-mail/e-mails} left most margin each, {left:money}. "
        "Weeks without e-mail left {left_none:money}. "
        "In weeks with {best:count|e-mail/e-mails} {opened:percent} were opened, {clicked:percent} clicked, and {gone:percent} led to "
        "unsubscribing. "
        "Those who were written to more often may buy more anyway: test before you set the number.",
    ),
    headline="""
        with without as (select max(left_each) as left_none from answer where mails_a_week = 0 and customer_week_count >= 30)
        select max(people_count) as n, max(week_count) as weeks, min_by(mails_a_week, (-left_each, mails_a_week)) as best,
               max(left_each) as left, max(left_none) as left_none, min_by(open_share, (-left_each, mails_a_week)) as opened,
               min_by(click_share, (-left_each, mails_a_week)) as clicked, min_by(unsubscribe_share, (-left_each, mails_a_week)) as gone
        from answer cross join without where mails_a_week > 0 and customer_week_count >= 30""",
    chart=Chart("bar", "mails_a_week", ("left_each",)),
    actions=(
        NextAction("이메일에 반응하는 고객 보기", "See who opens e-mail", rule="open_share_90 >= 0.5"),
        NextAction("연락할 수 없는 고객의 매출", "Sales we cannot reach", question="unreachable_sales"),
    ),
    mails_a_week=integer(ko="주당 이메일 수", en="E-mails a week"),
    customer_week_count=count(ko="고객·주 수", en="Customers times weeks"),
    sent_count=count(ko="발송", en="Sent"),
    open_share=share(ko="오픈율", en="Opened"),
    click_share=share(ko="클릭률", en="Clicked"),
    unsubscribe_share=share(ko="수신 거부율", en="Unsubscribed"),
    order_share=share(ko="구매한 주 비율", en="Weeks with an order"),
    margin_each=money(ko="한 주 마진", en="Margin a week"),
    message_cost=money(ko="메시지 비용", en="Cost of messages"),
    unsubscribe_cost=money(ko="수신 거부 손실", en="Loss by unsubscribing"),
    left_each=money(ko="남는 마진(주당 1인)", en="Left, each week and person"),
    week_count=count(ko="주", en="Weeks"),
    people_count=count(ko="이메일을 받은 고객", en="People who got e-mail"),
)
def email_frequency(weeks: int = 12, loss_share: float = 0.1) -> Query:
    """Weeks of everybody who got e-mail lately, by how many they got: reactions, and margin less messages and lost subscribers.

    Weeks of seven days back from the moment; five stands for five or more. Margin is that of the orders of the same week, before
    refunds. A reaction counts for the week the e-mail was sent in, whenever it came. Whoever unsubscribes is taken to lose
    `loss_share` of the mean expected margin of those written to. Associations, not effects.
    """
    return sql(
        """
        with mails as (
            select customer_id, message_id, min(case when message_event = 'sent' then occurred_at end) as sent_at, min(campaign_id) as campaign_id,
                   max(case when message_event = 'opened' then 1 else 0 end) as is_opened,
                   max(case when message_event = 'clicked' then 1 else 0 end) as is_clicked,
                   max(case when message_event = 'unsubscribed' then 1 else 0 end) as is_gone
            from messages where customer_id is not null and channel = 'email' group by customer_id, message_id),
        lately as (
            select m.customer_id, cast(floor(days_between(m.sent_at, as_of) / 7) as bigint) as week, m.is_opened, m.is_clicked, m.is_gone,
                   coalesce(c.cost_per_contact, 0) as cost
            from mails m left join campaigns c on c.campaign_id = m.campaign_id
            where m.sent_at is not null and days_between(m.sent_at, as_of) < 7 * $weeks),
        people_written as (select distinct customer_id from lately),
        calendar as (select distinct week from lately),
        written as (
            select customer_id, week, count(*) as sent, sum(is_opened) as opened, sum(is_clicked) as clicked, sum(is_gone) as gone,
                   sum(cost) as cost
            from lately group by customer_id, week),
        bought as (
            select o.customer_id, cast(floor(days_between(o.ordered_at, as_of) / 7) as bigint) as week, sum(o.margin_amount) as margin
            from orders o join people_written p on p.customer_id = o.customer_id
            where o.status = 'completed' and days_between(o.ordered_at, as_of) < 7 * $weeks
            group by o.customer_id, cast(floor(days_between(o.ordered_at, as_of) / 7) as bigint)),
        worth as (
            select avg(cast(f.expected_margin_12m as double)) as mean_value from profile f join people_written p on p.customer_id = f.customer_id),
        every_week as (
            select least(coalesce(w.sent, 0), 5) as mails, coalesce(w.sent, 0) as sent, w.opened, w.clicked, w.gone,
                   coalesce(w.cost, 0) as cost, coalesce(b.margin, 0) as margin, case when b.customer_id is not null then 1 else 0 end as ordered
            from people_written p cross join calendar c
            left join written w on w.customer_id = p.customer_id and w.week = c.week
            left join bought b on b.customer_id = p.customer_id and b.week = c.week),
        summed as (
            select mails, count(*) as weeks, sum(sent) as sent, sum(opened) as opened, sum(clicked) as clicked, sum(gone) as gone,
                   sum(ordered) as ordered, sum(cost) as cost, sum(margin) as margin
            from every_week group by mails)
        select cast(s.mails as bigint) as mails_a_week, s.weeks as customer_week_count, cast(s.sent as bigint) as sent_count,
               share(s.opened, s.sent) as open_share, share(s.clicked, s.sent) as click_share, share(s.gone, s.sent) as unsubscribe_share,
               share(s.ordered, s.weeks) as order_share, money_per(s.margin, s.weeks) as margin_each,
               money_per(s.cost, s.weeks) as message_cost,
               money_per(coalesce(s.gone, 0) * coalesce(w.mean_value, 0) * $loss_share, s.weeks) as unsubscribe_cost,
               money_per(s.margin - s.cost - coalesce(s.gone, 0) * coalesce(w.mean_value, 0) * $loss_share, s.weeks) as left_each,
               cast($weeks as bigint) as week_count, (select count(*) from people_written) as people_count
        from summed s cross join worth w order by s.mails""",
        weeks=weeks,
        loss_share=loss_share,
    )
