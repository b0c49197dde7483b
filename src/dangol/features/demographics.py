"""Demographics: what customers told us about themselves, never guessed."""

from dangol.core.declare import Query, category, feature, number, sql


@feature(
    ko="인구 통계",
    en="Demographics",
    gender=category(ko="성별", en="Gender"),
    age_years=number(ko="나이", en="Age"),
    age_band=category(ko="연령대", en="Age band"),
    income_band=category(ko="소득 구간", en="Income band"),
    household_size=category(ko="가구원 수", en="Household size"),
    household_type=category(ko="가구 유형", en="Household type"),
    marital_status=category(ko="혼인 상태", en="Marital status"),
    home_ownership=category(ko="주거 형태", en="Home ownership"),
    child_count=category(ko="자녀 수", en="Number of children"),
    occupation=category(ko="직업", en="Occupation"),
    account_role=category(ko="거래처 내 직책", en="Role at the account"),
    city=category(ko="시/군/구", en="City"),
    region=category(ko="지역", en="Region"),
    country=category(ko="국가", en="Country"),
    demographics_provenance=category(ko="인구 통계 출처", en="Provenance"),
)
def demographics() -> Query:
    """Given demographic attributes; provenance is 'given' where any is known, else 'missing'. Nothing is inferred."""
    return sql("""
        select customer_id, gender, days_between(cast(birth_date as timestamp), as_of) / 365.25e0 as age_years, age_band,
               income_band, household_size, household_type, marital_status, home_ownership, child_count, occupation, account_role,
               city, region, country, case when record_count > 0 then 'given' else 'missing' end as demographics_provenance
        from people""")
