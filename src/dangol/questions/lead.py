"""Leads and accounts: whom to call first, which sources bring leads that come to something, where most is open (L1 to L4)."""

from dangol.core.declare import (
    Chart,
    NextAction,
    Query,
    category,
    count,
    integer,
    money,
    probability,
    question,
    share,
    sql,
    text,
)
from dangol.questions.value_change import with_costs

BY_SOURCE = NextAction("유입 경로별 전환과 기대 금액", "Conversion and value by source", question="lead_sources")
BY_ACCOUNT = NextAction("거래처별 진행 중인 금액", "What is open by account", question="accounts_to_call")
TO_CALL = NextAction("먼저 연락할 리드", "Leads to call first", question="leads_to_call")


@question(
    "L1",
    ko="어느 리드에 먼저 연락해야 하나요?",
    en="Which leads should we call first?",
    optional=("lead_scores.lead_source", "lead_scores.lead_fit", "lead_scores.lead_intent"),
    hidden=("open_count", "all_expected", "top_expected", "mean_chance", "expected_count"),
    sentence=(
        "진행 중인 리드 {n:count}건 중 {came:count}건이 전환될 것으로 예상됩니다(평균 전환 가능성 {chance:percent}). "
        "기대 금액은 {expected:money}이며, 상위 10%에 {share:percent}가 몰려 있습니다.",
        "Of {n:count} open leads {came:count} are expected to convert (mean chance {chance:percent}). "
        "Expected value: {expected:money}, of which the first tenth carries {share:percent}.",
    ),
    headline="""
        select max(open_count) as n, max(all_expected) as expected, share(max(top_expected), max(all_expected)) as share,
               max(mean_chance) as chance, max(expected_count) as came
        from answer""",
    chart=Chart("none"),
    actions=(BY_SOURCE, BY_ACCOUNT),
    place=integer(ko="순위", en="Rank"),
    lead_ref=text(ko="리드 번호", en="Lead number"),
    lead_source=category(ko="유입 경로", en="Lead source"),
    lead_probability=probability(ko="전환 가능성", en="Chance to convert"),
    lead_fit=integer(ko="적합도(백분위)", en="Fit, percentile"),
    lead_intent=integer(ko="관심도(백분위)", en="Intent, percentile"),
    lead_value=money(ko="전환 시 예상 금액", en="Value if it converts"),
    lead_expected=money(ko="기대 금액", en="Expected value"),
    open_count=count(ko="점수가 있는 리드 수", en="Leads with a score"),
    all_expected=money(ko="전체 기대 금액", en="Expected in all"),
    top_expected=money(ko="상위 10%의 기대 금액", en="Expected of the first tenth"),
    mean_chance=probability(ko="평균 전환 가능성", en="Mean chance"),
    expected_count=count(ko="전환 예상 리드 수", en="Expected to convert"),
)
def leads_to_call(top: int = 100) -> Query:
    """Open leads by expected value: the chance to convert times what a sale brings, the highest first; by chance where no value is known.

    The chance comes from what was known beforehand only; columns filled in after the outcome are left out. Where no dates tell when
    leads converted, it is the chance that a lead like this one converts at all. Fit says who the lead is, intent what it does, both as
    percentiles among open leads. A list within given hours: page Work list.
    """
    return sql(
        """
        with ranked as (
            select *, row_number() over (order by coalesce(lead_expected, 0) desc, lead_probability desc, lead_ref) as place,
                   count(*) over () as open_count, sum(lead_expected) over () as all_expected,
                   avg(lead_probability) over () as mean_chance, sum(lead_probability) over () as expected_count
            from lead_scores),
        marked as (
            select *, sum(case when place <= ceil(open_count / 10e0) then lead_expected else 0 end) over () as top_expected
            from ranked)
        select place, lead_ref, lead_source, lead_probability, lead_fit, lead_intent, lead_value, lead_expected, open_count,
               cast(all_expected as decimal(18, 2)) as all_expected, cast(top_expected as decimal(18, 2)) as top_expected, mean_chance,
               cast(round(expected_count) as bigint) as expected_count
        from marked where place <= $top order by place""",
        top=top,
    )


@question(
    "L2",
    ko="어느 유입 경로의 리드가 성과로 이어지나요?",
    en="Which sources bring leads that come to something?",
    optional=("lead_scores", "leads.lead_source", "leads.converted_at", "leads.converted"),
    hidden=("all_count", "all_converted"),
    sentence=(
        "리드 {n:count}건 가운데 {won:count}건이 전환했습니다({rate:percent}). "
        "30건 이상인 경로 가운데 전환율이 가장 높은 경로는 {best|으로/로} {best_rate:percent}입니다.",
        "{won:count} of {n:count} leads converted ({rate:percent}). "
        'Of the sources with 30 leads or more "{best}" converts most: {best_rate:percent}.',
    ),
    headline="""
        select max(all_count) as n, max(all_converted) as won, share(max(all_converted), max(all_count)) as rate,
               min(case when place = 1 and lead_count >= 30 then lead_source end) as best,
               max(case when lead_count >= 30 then conversion end) as best_rate
        from (select answer.*, row_number() over (partition by lead_count >= 30 order by conversion desc, lead_source) as place
              from answer) ranked""",
    chart=Chart("bar", "lead_source", ("conversion",)),
    actions=(TO_CALL,),
    lead_source=category(ko="유입 경로", en="Lead source"),
    lead_count=count(ko="리드 수", en="Leads"),
    converted_count=count(ko="전환 수", en="Converted"),
    conversion=share(ko="전환율", en="Conversion"),
    open_count=count(ko="점수가 있는 리드 수", en="Open leads with a score"),
    mean_chance=probability(ko="평균 전환 가능성", en="Mean chance to convert"),
    expected=money(ko="기대 금액", en="Expected value"),
    all_count=count(ko="전체 리드 수", en="All leads"),
    all_converted=count(ko="전체 전환 수", en="All converted"),
)
def lead_sources() -> Query:
    """Leads by where they came from: how many, how many converted so far, and what the open ones are expected to bring.

    Young leads have had less time to convert; the chance of the open ones takes that into account.
    """
    return sql("""
        with told as (
            select lead_ref, coalesce(lead_source, '–') as lead_source,
                   case when coalesce(converted, converted_at is not null) then 1 else 0 end as won
            from leads),
        counted as (
            select lead_source, count(*) as lead_count, sum(won) as converted_count from told group by lead_source),
        scored as (
            select coalesce(lead_source, '–') as lead_source, count(*) as open_count, avg(lead_probability) as mean_chance,
                   cast(sum(lead_expected) as decimal(18, 2)) as expected
            from lead_scores group by 1)
        select c.lead_source, c.lead_count, cast(c.converted_count as bigint) as converted_count,
               share(c.converted_count, c.lead_count) as conversion, s.open_count, s.mean_chance, s.expected,
               cast(sum(c.lead_count) over () as bigint) as all_count, cast(sum(c.converted_count) over () as bigint) as all_converted
        from counted c left join scored s on s.lead_source = c.lead_source
        order by c.lead_count desc, c.lead_source""")


@question(
    "L3",
    ko="어느 거래처에 영업 시간을 먼저 써야 하나요?",
    en="Which accounts deserve sales time first?",
    optional=("account_scores.win_rate", "account_scores.expected_margin_12m"),
    hidden=("account_count", "all_expected"),
    sentence=(
        "진행 중인 일이 있는 거래처 {n:count}곳에서 {expected:money|이/가} 기대됩니다. "
        "가장 큰 곳은 {first|으로/로} {largest:money}입니다.",
        "{n:count} accounts have something open, expected to bring {expected:money}. The largest is {first} with {largest:money}.",
    ),
    headline="""
        select max(account_count) as n, max(all_expected) as expected, min_by(account_name, place) as first,
               max(account_expected) as largest
        from answer""",
    chart=Chart("none"),
    actions=(TO_CALL,),
    place=integer(ko="순위", en="Rank"),
    account_id=integer(ko="거래처", en="Account"),
    account_name=text(ko="거래처명", en="Account name"),
    lead_count=count(ko="진행 중 리드 수", en="Open leads"),
    open_count=count(ko="진행 중 영업 기회 수", en="Open opportunities"),
    win_rate=probability(ko="수주율(보정)", en="Win rate, drawn towards all"),
    account_chance=probability(ko="한 건 이상 성사 가능성", en="Chance that at least one is won"),
    account_expected=money(ko="기대 금액", en="Expected value"),
    expected_margin_12m=money(ko="소속 고객의 12개월 기대 마진", en="Expected margin of its people, 12 months"),
    account_count=count(ko="거래처 수", en="Accounts"),
    all_expected=money(ko="전체 기대 금액", en="Expected in all"),
)
def accounts_to_call(top: int = 100) -> Query:
    """Accounts by what is open with them: leads with their chances, opportunities with the account's win rate, the most first.

    Win rates are drawn towards that of all as far as accounts differ by luck; a chance is never above 99 %.
    """
    return sql(
        """
        with ranked as (
            select *, row_number() over (order by account_expected desc, account_id) as place, count(*) over () as account_count,
                   sum(account_expected) over () as all_expected
            from account_scores)
        select place, account_id, account_name, lead_count, open_count, win_rate, account_chance, account_expected,
               expected_margin_12m, account_count, cast(all_expected as decimal(18, 2)) as all_expected
        from ranked where place <= $top order by place""",
        top=top,
    )


@question(
    "L4",
    ko="획득 비용과 응대 비용까지 빼면 어느 리드가 가장 가치 있나요?",
    en="Which prospects are worth most after what winning and serving them costs?",
    optional=(
        "lead_scores.lead_source",
        "leads.lead_source",
        "leads.converted_at",
        "leads.converted",
        "spend",
        "messages",
        "campaigns",
        "interactions",
        "returns",
        "entered",
        "orders",
    ),
    hidden=("open_count", "all_net", "losing_count"),
    sentence=(
        "진행 중인 리드 {n:count}건에서 비용을 빼고 {net:money|이/가} 기대됩니다. "
        "그중 {losing:count}건은 기대 금액보다 비용이 큽니다.",
        "{n:count} open leads are expected to leave {net:money} after costs. For {losing:count} of them costs exceed the value.",
    ),
    headline="select max(open_count) as n, max(all_net) as net, max(losing_count) as losing from answer",
    chart=Chart("none"),
    actions=(TO_CALL, BY_SOURCE),
    place=integer(ko="순위", en="Rank"),
    lead_ref=text(ko="리드 번호", en="Lead number"),
    lead_source=category(ko="유입 경로", en="Lead source"),
    lead_probability=probability(ko="전환 가능성", en="Chance to convert"),
    lead_value=money(ko="전환 시 예상 금액", en="Value if it converts"),
    cost_to_acquire=money(ko="예상 획득 비용", en="Expected cost to acquire"),
    cost_to_serve_12m=money(ko="12개월 예상 응대 비용", en="Expected cost to serve, 12 months"),
    net_expected=money(ko="비용을 뺀 기대 금액", en="Expected value after costs"),
    open_count=count(ko="점수가 있는 리드 수", en="Leads with a score"),
    all_net=money(ko="전체 기대 금액(비용 제외)", en="Expected in all, after costs"),
    losing_count=count(ko="비용이 더 큰 리드 수", en="Leads that cost more"),
)
def best_prospects(top: int = 100) -> Query:
    """Open leads by chance times what is left of their value after winning and serving them, the most first.

    The cost to acquire is last year's spend on the channel of the lead's name over the leads of that source that converted in that time;
    missing where there was no spend or nobody converted, and then not taken off. The cost to serve is what a buyer of the last 365 days
    cost in them: messages at their campaign's cost, conversations and returned orders at the costs of the plan (T1).
    """
    return with_costs(
        sql(
            """
        with buyers as (
            select count(distinct customer_id) as buyers from orders
            where status = 'completed' and customer_id is not null and days_between(ordered_at, as_of) <= 365),
        service as (
            select money_per(t.cost, b.buyers) as to_serve
            from (select cast(sum(cost) as double) as cost from touched) t cross join buyers b where t.cost > 0),
        won as (
            select lead_source, count(*) as won from leads
            where coalesce(converted, converted_at is not null) and days_between(coalesce(converted_at, created_at), as_of) <= 365
            group by lead_source),
        spent as (
            select channel, sum(cost) as cost from spend
            where channel is not null and days_between(cast(spent_on as timestamp), local(as_of)) <= 365 group by channel),
        priced as (select w.lead_source, money_per(s.cost, w.won) as to_acquire from won w join spent s on s.channel = w.lead_source),
        valued as (
            select l.lead_ref, l.lead_source, l.lead_probability, l.lead_value, p.to_acquire, s.to_serve,
                   l.lead_probability * (cast(l.lead_value as double) - coalesce(cast(p.to_acquire as double), 0e0)
                                         - coalesce(cast(s.to_serve as double), 0e0)) as net
            from lead_scores l left join priced p on p.lead_source = l.lead_source left join service s on true),
        ranked as (
            select *, row_number() over (order by net desc, lead_ref) as place, count(*) over () as open_count, sum(net) over () as all_net,
                   count(case when net < 0 then 1 end) over () as losing_count
            from valued where net is not null)
        select place, lead_ref, lead_source, lead_probability, lead_value, to_acquire as cost_to_acquire, to_serve as cost_to_serve_12m,
               cast(net as decimal(18, 2)) as net_expected, open_count, cast(all_net as decimal(18, 2)) as all_net, losing_count
        from ranked where place <= $top order by place""",
            top=top,
        )
    )
