"""Aggregates of groups of people: media, census, panels, sensors, wherever no person may or can be named."""

from dangol.core.tables.schema import Column, Table

GENDERS = {"female": ("f", "여", "여성", "여자", "w", "woman", "women"), "male": ("m", "남", "남성", "남자", "man", "men")}
SEGMENT_FACTS = Table(
    "segment_facts", "세그먼트 집계", "Segment aggregates", moment="period_from",
    columns=(
        Column("segment_key", "category", "세그먼트 키", "Segment key", also=("segment", "세그먼트")),
        Column("gender", "category", "성별", "Gender", also=("sex",), choices=GENDERS),
        Column("age_band", "category", "연령대", "Age band", also=("age", "age group", "나이", "연령")),
        Column("region", "category", "지역", "Region", also=("state", "province", "시도", "시/도", "광역시도")),
        Column("period_from", "moment", "기간 시작", "Period from", also=("date", "month", "week", "기준월", "기준일", "기간")),
        Column("aggregate_kind", "category", "집계 종류", "Kind of aggregate",
               choices={"media": ("매체", "ad", "ads", "광고"), "social": ("소셜",), "census": ("인구", "통계청"), "panel": ("패널",),
                        "sensor": ("센서",), "other": ("기타",)}),
        Column("population_count", "count", "인구", "Population", lowest=0, also=("population", "인구수", "주민등록인구")),
        Column("spend_amount", "money", "광고비", "Spend", also=("spend", "spent", "cost", "비용", "집행금액"), lowest=0),
        Column("impression_count", "count", "노출 수", "Impressions", also=("impressions", "노출", "노출수"), lowest=0),
        Column("click_count", "count", "클릭 수", "Clicks", also=("clicks", "클릭", "클릭수"), lowest=0),
        Column("conversion_count", "count", "전환 수", "Conversions", also=("conversions", "전환", "전환수"), lowest=0),
        Column("metric", "category", "지표", "Metric", also=("measure", "항목")),
        Column("metric_value", "number", "지표 값", "Value of the metric", also=("value", "값")),
        Column("base_count", "count", "조사 인원", "People asked or counted", also=("base", "sample size", "표본수"), lowest=0),
    ),
)  # fmt: skip
