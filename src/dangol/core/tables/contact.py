"""What was done and said: events, messages, conversations, feedback, loyalty, campaigns and their money."""

from dataclasses import replace

from dangol.core.tables.people import CHANNELS
from dangol.core.tables.schema import CURRENCY, CUSTOMER_REF, Column, Table
from dangol.core.tables.trade import DEVICES, PRODUCT_ID

OCCURRED_AT = ("timestamp", "time", "date", "event time", "occurred", "일시", "발생일시", "시각", "날짜")
CAMPAIGN_ID = ("campaign", "campaign no", "캠페인", "캠페인번호", "캠페인id")

EVENTS = Table(
    "events", "행동 이벤트", "Events", key=("event_id",), moment="occurred_at", person=True,
    columns=(
        CUSTOMER_REF,
        Column("event_id", "text", "이벤트 번호", "Event number", also=("message id", "이벤트id")),
        Column("anonymous_id", "text", "비회원 번호", "Anonymous number", personal="identifier", also=("cookie", "device id", "client id")),
        Column("occurred_at", "moment", "발생 일시", "Occurred at", required=True, also=OCCURRED_AT),
        Column("event_name", "category", "이벤트", "Event", required=True, also=("event", "event type", "action", "이벤트명", "행동")),
        Column("session_id", "text", "세션", "Session", also=("session", "세션id")),
        Column("device", "category", "기기", "Device", choices=DEVICES, also=("platform", "device type", "기기")),
        Column("page_url", "text", "페이지", "Page", personal="behaviour", also=("url", "page", "페이지url")),
        Column("product_id", "text", "상품 번호", "Product number", also=PRODUCT_ID),
        Column("search_term", "text", "검색어", "Search term", personal="free_text", also=("query", "keyword", "검색어")),
        Column("amount", "money", "금액", "Value", also=("value", "금액")),
        Column("utm_source", "category", "유입 소스", "Source", also=("traffic source", "유입소스")),
        Column("utm_medium", "category", "유입 매체", "Medium", also=("medium", "유입매체")),
        Column("utm_campaign", "category", "유입 캠페인", "Campaign", also=("utm campaign", "유입캠페인")),
        Column("utm_term", "category", "유입 키워드", "Keyword", also=("utm term", "campaign term", "유입키워드")),
    ),
)  # fmt: skip

MESSAGES = Table(
    "messages", "메시지", "Messages", key=("message_id", "message_event", "occurred_at"), moment="occurred_at", person=True,
    columns=(
        replace(CUSTOMER_REF, required=True),
        Column("message_id", "text", "메시지 번호", "Message number", required=True, also=("send id", "발송번호")),
        Column("campaign_id", "text", "캠페인", "Campaign", also=CAMPAIGN_ID),
        Column("channel", "category", "채널", "Channel", choices=CHANNELS, also=("매체", "발송채널")),
        Column("message_event", "category", "결과", "What happened", required=True, also=("event", "status", "결과", "상태"),
               choices={"sent": ("발송", "send", "sent email", "sent sms"),
                        "delivered": ("도달", "성공", "delivery", "received email", "received sms"),
                        "opened": ("오픈", "열람", "open", "read", "opened email"), "clicked": ("클릭", "click", "clicked email", "clicked sms"),
                        "bounced": ("반송", "실패", "bounce", "failed", "bounced email", "dropped email"),
                        "unsubscribed": ("수신거부", "unsubscribe", "optout", "unsubscribed from list", "unsubscribed from email marketing"),
                        "complained": ("스팸신고", "spam", "complaint", "marked email as spam")}),
        Column("occurred_at", "moment", "발생 일시", "Occurred at", required=True, also=(*OCCURRED_AT, "발송일시")),
    ),
)  # fmt: skip

INTERACTIONS = Table(
    "interactions", "상담", "Conversations", key=("interaction_id",), moment="occurred_at", person=True, purpose="service",
    columns=(
        CUSTOMER_REF,
        Column("interaction_id", "text", "상담 번호", "Conversation number", also=("case id", "ticket", "상담번호", "접수번호")),
        Column("occurred_at", "moment", "상담 일시", "Occurred at", required=True, also=(*OCCURRED_AT, "상담일시", "접수일", "접수일시")),
        Column("interaction_kind", "category", "상담 유형", "Kind", also=("type", "channel", "상담유형", "유형"),
               choices={"call": ("전화", "콜", "phone"), "chat": ("채팅", "챗"), "visit": ("방문",), "case": ("문의", "민원", "complaint", "불만")}),
        Column("topic", "category", "주제", "Topic", also=("category", "subject", "상담주제", "주제", "문의유형")),
        Column("body", "text", "내용", "Text", personal="free_text", also=("note", "memo", "내용", "상담내용")),
        Column("staff_id", "text", "상담원", "Agent", also=("agent", "상담원")),
        Column("resolved_at", "moment", "처리 일시", "Resolved at", also=("closed at", "처리일", "처리일시", "완료일")),
    ),
)  # fmt: skip

FEEDBACK = Table(
    "feedback", "고객의 소리", "Feedback", key=("feedback_id",), moment="given_at", person=True,
    columns=(
        CUSTOMER_REF,
        Column("feedback_id", "text", "의견 번호", "Feedback number", also=("review id", "리뷰번호")),
        Column("given_at", "moment", "작성 일시", "Given at", required=True, also=("date", "created", "작성일", "작성일시", "등록일")),
        Column("feedback_kind", "category", "종류", "Kind", also=("type", "종류"),
               choices={"review": ("리뷰", "후기"), "survey": ("설문",), "nps": ("추천지수",), "social": ("소셜", "sns")}),
        Column("product_id", "text", "상품 번호", "Product number", also=PRODUCT_ID),
        Column("order_id", "text", "주문 번호", "Order number", also=("order", "주문번호")),
        Column("rating", "number", "별점", "Rating", also=("stars", "score", "평점", "별점", "점수")),
        Column("body", "text", "내용", "Text", personal="free_text", also=("review", "text", "comment", "내용", "후기")),
        Column("stated_spend", "money", "설문: 연간 총지출", "Stated yearly spend", lowest=0,
               also=("yearly spend with everybody", "total category spend", "연간 총지출", "전체 지출액")),
        Column("stated_share", "share", "설문: 우리 비중", "Stated share of spend", lowest=0,
               also=("share of wallet", "지갑점유율", "우리 매장 지출 비중")),
    ),
)  # fmt: skip

LOYALTY = Table(
    "loyalty", "멤버십", "Loyalty", key=("customer_ref", "occurred_at", "loyalty_event"), moment="occurred_at", person=True,
    columns=(
        replace(CUSTOMER_REF, required=True),
        Column("occurred_at", "moment", "발생 일시", "Occurred at", required=True, also=OCCURRED_AT),
        Column("loyalty_event", "category", "구분", "What happened", required=True, also=("type", "구분"),
               choices={"earned": ("적립", "earn"), "redeemed": ("사용", "redeem"), "expired": ("소멸", "expire"), "tier": ("등급", "등급변경")}),
        Column("points", "number", "포인트", "Points", also=("point", "적립금", "포인트")),
        Column("tier", "category", "등급", "Tier", also=("grade", "level", "회원등급", "등급")),
    ),
)  # fmt: skip

CAMPAIGNS = Table(
    "campaigns", "캠페인", "Campaigns", key=("campaign_id",), moment="starts_at", purpose="advertising",
    columns=(
        Column("campaign_id", "text", "캠페인 번호", "Campaign number", required=True, also=CAMPAIGN_ID),
        Column("campaign_name", "text", "캠페인명", "Campaign name", also=("name", "캠페인명")),
        Column("campaign_kind", "category", "캠페인 종류", "Kind", also=("campaign_type", "type", "종류")),
        Column("channel", "category", "채널", "Channel", also=("매체",)),
        Column("starts_at", "moment", "시작 일시", "Starts at", also=("start_date", "start", "시작일", "시작일시")),
        Column("ends_at", "moment", "종료 일시", "Ends at", planned=True, also=("end_date", "end", "종료일", "종료일시")),
        Column("cost_per_contact", "money", "1인당 비용", "Cost per contact", also=("unit cost", "발송단가"), lowest=0),
        Column("randomised", "flag", "무작위 배정", "Randomised", also=("randomized", "무작위", "무작위배정")),
    ),
)  # fmt: skip

CAMPAIGN_MEMBERS = Table(
    "campaign_members", "캠페인 대상자", "Campaign members", key=("campaign_id", "customer_ref"), moment="assigned_at", person=True,
    purpose="advertising",
    columns=(
        replace(CUSTOMER_REF, required=True),
        Column("campaign_id", "text", "캠페인", "Campaign", required=True, also=CAMPAIGN_ID),
        Column("arm", "category", "배정 그룹", "Arm", also=("group", "variant", "그룹", "배정"),
               choices={"treated": ("treatment", "발송", "실험군", "처리"), "held_out": ("control", "holdout", "대조군", "비교군")}),
        Column("assignment_probability", "probability", "배정 확률", "Assignment probability", also=("probability", "확률")),
        Column("assigned_at", "moment", "배정 일시", "Assigned at", also=("date", "배정일", "배정일시")),
    ),
)  # fmt: skip

COUPON_USES = Table(
    "coupon_uses", "쿠폰 사용", "Coupon uses", key=("customer_ref", "coupon_code", "campaign_id", "used_at"), moment="used_at", person=True,
    columns=(
        replace(CUSTOMER_REF, required=True),
        Column("coupon_code", "text", "쿠폰 코드", "Coupon code", also=("coupon_upc", "coupon", "쿠폰번호", "쿠폰코드")),
        Column("campaign_id", "text", "캠페인", "Campaign", also=CAMPAIGN_ID),
        Column("used_at", "moment", "사용 일시", "Used at", required=True, also=("redemption_date", "redeemed at", "사용일", "사용일시")),
    ),
)  # fmt: skip

SPEND = Table(
    "spend", "마케팅 비용", "Marketing spend", key=("spent_on", "channel", "campaign_id"), finer=("keyword",),
    moment="spent_on",
    columns=(
        Column("spent_on", "day", "날짜", "Day", required=True, also=("date", "day", "일자", "날짜")),
        Column("channel", "category", "채널", "Channel", also=("medium", "매체", "채널")),
        Column("campaign_id", "text", "캠페인", "Campaign", also=CAMPAIGN_ID),
        Column("keyword", "category", "키워드", "Keyword", also=("search keyword", "utm term", "검색어", "광고키워드")),
        Column("cost", "money", "비용", "Cost", required=True, lowest=0, also=("spend", "amount", "비용", "광고비", "집행금액")),
        CURRENCY,
        Column("impressions", "count", "노출", "Impressions", lowest=0, also=("imps", "노출수")),
        Column("clicks", "count", "클릭", "Clicks", lowest=0, also=("클릭수",)),
    ),
)  # fmt: skip

SEGMENT_KEY = Column("segment_key", "category", "세그먼트 키", "Segment key", required=True, also=("segment", "세그먼트"))
MEDIA = Table(
    "media", "매체 집계", "Media aggregates", key=("segment_key", "week_of", "channel"), moment="week_of",
    columns=(
        SEGMENT_KEY,
        Column("week_of", "day", "주", "Week", required=True, also=("week", "date", "주차")),
        Column("channel", "category", "매체", "Medium", required=True, also=("medium", "매체")),
        Column("reach", "number", "도달", "Reach", lowest=0, also=("도달수",)),
        Column("cost", "money", "비용", "Cost", lowest=0, also=("spend", "비용")),
        CURRENCY,
    ),
)  # fmt: skip

SENSORS = Table(
    "sensors", "센서 집계", "Sensor aggregates", key=("segment_key", "measured_at", "zone"), moment="measured_at",
    columns=(
        SEGMENT_KEY,
        Column("measured_at", "moment", "측정 일시", "Measured at", required=True, also=("time", "측정시각")),
        Column("zone", "category", "구역", "Zone", also=("area", "매대", "구역")),
        Column("measure", "category", "측정 항목", "Measure", required=True, also=("metric", "항목")),
        Column("reading", "number", "값", "Value", required=True, also=("value", "값")),
    ),
)  # fmt: skip

CONTACT_TABLES = (
    EVENTS,
    MESSAGES,
    INTERACTIONS,
    FEEDBACK,
    LOYALTY,
    CAMPAIGNS,
    CAMPAIGN_MEMBERS,
    COUPON_USES,
    SPEND,
    MEDIA,
    SENSORS,
)
