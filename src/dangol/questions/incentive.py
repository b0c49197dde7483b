"""Incentives: what offers changed where customers were held out by chance, and for whom (Q37)."""

from dangol.core.declare import Chart, NextAction, Query, category, count, integer, money, question, share, sql


@question(
    "Q37",
    ko="어떤 혜택이 필요하고, 누구에게 필요한가요?",
    en="What incentive is needed, and by whom?",
    optional=("decisions", "campaign_members", "campaigns", "campaign_members.arm", "campaigns.randomised"),
    hidden=("day_count", "asked_count"),
    sentence=(
        "비교군을 둔 캠페인의 고객 {n:count}명을 보면, 효과가 가장 큰 것은 '{offer}' 혜택이고 대상은 '{who}' 고객입니다. "
        "{days:days} 안에 구매한 비율이 {uplift:percent}p 높아졌습니다. (95% 구간 {low:percent}p에서 {high:percent}p) "
        "추가 주문 한 건에 {cost:money|이/가} 들었습니다.",
        "Of {n:count} customers in campaigns with a holdout, offer “{offer}” changed most, for “{who}” customers. "
        "The share who bought within {days:days} rose by {uplift:percent} points (95 % interval {low:percent} to {high:percent}). "
        "An additional buyer cost {cost:money}.",
    ),
    headline="""
        select max(asked_count) as n, max(day_count) as days, min_by(offer, (-uplift_low, offer, who)) as offer,
               min_by(who, (-uplift_low, offer, who)) as who, min_by(uplift, (-uplift_low, offer, who)) as uplift,
               max(uplift_low) as low, min_by(uplift_high, (-uplift_low, offer, who)) as high,
               min_by(cost_each, (-uplift_low, offer, who)) as cost
        from answer where uplift_low is not null""",
    chart=Chart("bar", "offer", ("uplift",), low="uplift_low", high="uplift_high"),
    actions=(
        NextAction("되찾기 프로그램", "Win them back", programme="win_back"),
        NextAction("환영 프로그램", "Welcome programme", programme="welcome"),
    ),
    offer=category(ko="혜택(발송 그룹)", en="Offer (arm)"),
    who=category(ko="대상", en="Who"),
    treated_count=count(ko="받은 고객", en="Received it"),
    held_out_count=count(ko="비교군", en="Held out"),
    treated_share=share(ko="구매율(받은 고객)", en="Bought, received it"),
    held_out_share=share(ko="구매율(비교군)", en="Bought, held out"),
    uplift=share(ko="증분 효과", en="Lift"),
    uplift_low=share(ko="증분 효과 하한(95%)", en="Lift, low (95 %)"),
    uplift_high=share(ko="증분 효과 상한(95%)", en="Lift, high (95 %)"),
    persuadable_share=share(ko="혜택이 있어야 사는 고객", en="Buy because of it"),
    sure_share=share(ko="혜택 없이도 사는 고객", en="Buy anyway"),
    lost_share=share(ko="혜택이 있어도 안 사는 고객", en="Do not buy either way"),
    sleeping_share=share(ko="혜택 때문에 안 사는 고객", en="Put off by it"),
    cost_each=money(ko="추가 구매자 1명당 비용", en="Cost per additional buyer"),
    asked_count=count(ko="실험에 든 고객", en="Customers in experiments"),
    day_count=integer(ko="기간(일)", en="Days after it"),
)
def incentive_needed(days: int = 30) -> Query:
    """Share who bought within some days, with an offer against held out by chance, by offer and by orders before the assignment.

    Own programmes with a holdout, and delivered campaigns that were randomised; each is compared with its own held-out customers and
    weighs by those it reached. Campaigns younger than the days do not count. Who needs it cannot be seen person by person: at
    least as many as the lift buy because of it, the rest of the shares follow if an offer never does both. Intervals are normal
    approximations of the difference of two shares; groups of fewer than 30 on either side have none.
    """
    return sql(
        """
        with offered as (
            select d.campaign_id, d.customer_id, d.decided_at as offered_at, coalesce(d.cost, 0) as cost,
                   case when d.action = 'contact' then coalesce(d.arm, 'message') end as offer
            from decisions d where d.action in ('contact', 'hold_out')
            union all
            select m.campaign_id, m.customer_id, coalesce(m.assigned_at, c.starts_at), coalesce(c.cost_per_contact, 0),
                   case when coalesce(m.arm, 'treated') <> 'held_out' then coalesce(c.campaign_kind, m.arm, 'treated') end
            from campaign_members m join campaigns c on c.campaign_id = m.campaign_id
            where c.randomised and m.customer_id is not null),
        members as (
            select campaign_id, customer_id, min(offered_at) as offered_at, max(offer) as offer, max(cost) as cost
            from offered where days_between(offered_at, as_of) >= $days
            group by campaign_id, customer_id having count(*) = 1),
        bought as (
            select m.campaign_id, m.customer_id,
                   count(distinct case when o.ordered_at < m.offered_at then date_trunc('day', local(o.ordered_at)) end) as days_before,
                   max(case when o.ordered_at >= m.offered_at and days_between(m.offered_at, o.ordered_at) < $days then 1 else 0 end) as did
            from members m join orders o on o.customer_id = m.customer_id
            where o.status = 'completed' group by m.campaign_id, m.customer_id),
        known as (
            select m.campaign_id, m.offer, m.cost, coalesce(b.did, 0) as did,
                   case when coalesce(b.days_before, 0) = 0 then 'prospect' when b.days_before = 1 then 'one_time' else 'repeat' end as stage_then
            from members m left join bought b on b.campaign_id = m.campaign_id and b.customer_id = m.customer_id),
        everybody as (
            select campaign_id, offer, cost, did, stage_then as who from known
            union all select campaign_id, offer, cost, did, 'all' from known),
        held as (
            select campaign_id, who, count(*) as size, sum(did) as buyers from everybody where offer is null group by campaign_id, who),
        reached as (
            select campaign_id, offer, who, count(*) as size, sum(did) as buyers, sum(cost) as cost
            from everybody where offer is not null group by campaign_id, offer, who),
        contrasted as (
            select r.offer, r.who, r.size, r.buyers, h.size as held_size, r.cost, share(r.buyers, r.size) as p_offer,
                   share(h.buyers, h.size) as p_held,
                   share(r.size, sum(r.size) over (partition by r.offer, r.who)) as weight
            from reached r join held h on h.campaign_id = r.campaign_id and h.who = r.who),
        pooled as (
            select offer, who, sum(size) as treated_count, sum(held_size) as held_out_count, sum(weight * p_offer) as p_offer,
                   sum(weight * p_held) as p_held, sum(cost) as cost,
                   sqrt(sum(weight * weight * (p_offer * (1 - p_offer) / size + p_held * (1 - p_held) / held_size))) as error
            from contrasted group by offer, who)
        select offer, who, cast(treated_count as bigint) as treated_count, cast(held_out_count as bigint) as held_out_count,
               p_offer as treated_share, p_held as held_out_share, p_offer - p_held as uplift,
               case when treated_count >= 30 and held_out_count >= 30 then p_offer - p_held - 1.96e0 * error end as uplift_low,
               case when treated_count >= 30 and held_out_count >= 30 then p_offer - p_held + 1.96e0 * error end as uplift_high,
               greatest(p_offer - p_held, 0) as persuadable_share, least(p_offer, p_held) as sure_share,
               1 - greatest(p_offer, p_held) as lost_share, greatest(p_held - p_offer, 0) as sleeping_share,
               case when p_offer > p_held then money_per(cost, treated_count * (p_offer - p_held)) end as cost_each,
               (select count(*) from members) as asked_count, cast($days as bigint) as day_count
        from pooled
        order by offer, case who when 'all' then 1 when 'prospect' then 2 when 'one_time' then 3 else 4 end""",
        days=days,
    )
