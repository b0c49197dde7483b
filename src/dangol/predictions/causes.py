"""To which of four causes of leaving a column speaks, told by the words of its header: price, service, loyalty, communication.

The four groups are those under which marketers look for reasons why customers leave. A header that says none of them, such as a
person's age, belongs to `other`. It is what a column is about that is told here, not that it is the cause.
"""

from __future__ import annotations

from collections.abc import Mapping

from dangol.predictions.leaks import parts_of

PRICE, SERVICE, LOYALTY, COMMUNICATION, OTHER = "price", "service", "loyalty", "communication", "other"
# In this order: a complaint about a bill is about service, an app's price is about price.
SAYING: Mapping[str, frozenset[str]] = {
    SERVICE: frozenset({
        "support", "complain", "complaint", "complaints", "satisfaction", "service", "ticket", "tickets", "call", "calls",
        "issue", "issues", "outage", "outages", "delivery", "shipping", "return", "returns", "refund", "refunds", "nps", "csat",
        "rating", "quality", "delay", "delays", "resolution", "incident", "incidents", "failure", "failures",
    }),
    PRICE: frozenset({
        "price", "prices", "charge", "charges", "fee", "fees", "cost", "costs", "bill", "billing", "payment", "discount",
        "discounts", "coupon", "coupons", "cashback", "promo", "promotion", "amount", "spending", "arpu", "mrr", "revenue",
        "credit", "salary", "income", "balance",
    }),
    COMMUNICATION: frozenset({
        "email", "emails", "mail", "sms", "app", "web", "login", "logins", "visit", "visits", "message", "messages", "contact",
        "contacts", "contacted", "newsletter", "open", "opens", "click", "clicks", "campaign", "campaigns", "marketing",
        "channel", "session", "sessions", "push",
    }),
    LOYALTY: frozenset({
        "tenure", "contract", "plan", "term", "months", "month", "years", "member", "membership", "loyalty", "points",
        "order", "orders", "product", "products", "purchase", "purchases", "last", "active", "inactive", "usage", "minutes",
        "device", "devices", "subscription", "renewal", "renewals", "since", "referrals",
    }),
}  # fmt: skip
SAYING_IN_KOREAN: Mapping[str, frozenset[str]] = {
    SERVICE: frozenset({
        "상담", "불만", "민원", "만족", "문의", "반품", "환불", "배송",
        "고장", "장애", "서비스", "평점", "클레임", "지원", "품질",
    }),
    PRICE: frozenset({
        "요금", "가격", "금액", "할인", "쿠폰", "결제", "청구",
        "비용", "적립금", "캐시백", "납부", "연체", "단가",
    }),
    COMMUNICATION: frozenset({
        "앱", "접속", "방문", "메일", "문자", "수신", "로그인",
        "채널", "알림", "메시지", "클릭", "캠페인", "푸시", "마케팅",
    }),
    LOYALTY: frozenset({
        "기간", "개월", "약정", "계약", "등급", "포인트", "구매", "주문",
        "이용", "가입", "사용", "갱신", "회차", "상품", "멤버십",
    }),
}  # fmt: skip


def cause_of(header: str) -> str:
    """The cause group that a header speaks of; `other` where it says none."""
    words = frozenset(parts_of(header))
    hangul = "".join(part for part in parts_of(header) if part >= "가")
    for cause, saying in SAYING.items():
        if words & saying or any(word in hangul for word in SAYING_IN_KOREAN[cause]):
            return cause
    return OTHER
