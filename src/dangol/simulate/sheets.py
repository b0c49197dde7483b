"""The Korean files of the company: which canonical rows go to which file, under which headers, written how."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

import pyarrow as pa

from dangol.simulate.office import dashed, day, dotted, text, won, worded, yes_no

Form = Callable[[pa.ChunkedArray], pa.ChunkedArray]
Kind = Literal["csv", "xlsx", "jsonl"]

GENDERS = partial(worded, words={"female": "여", "male": "남"})
CHANNELS = partial(worded, words={"email": "이메일", "sms": "문자", "kakao": "카카오톡"})
STATUSES = partial(worded, words={"completed": "구매확정", "cancelled": "취소완료"})
ARMS = partial(worded, words={"treated": "발송", "held_out": "대조군"})
RESULTS = partial(
    worded, words={"sent": "발송", "opened": "오픈", "clicked": "클릭", "bounced": "반송", "unsubscribed": "수신거부"}
)
METHODS = partial(worded, words={"signup": "회원가입", "unsubscribe_link": "수신거부 링크", "my_page": "마이페이지"})
CAMPAIGN_KINDS = partial(worded, words={"coupon": "쿠폰", "newsletter": "뉴스레터"})
PURPOSES = partial(worded, words={"advertising": "광고"})
KINDS = partial(worded, words={"call": "전화", "chat": "채팅"})
REVIEW = partial(worded, words={"review": "리뷰"})
DEVICES = partial(worded, words={"mobile": "모바일", "desktop": "PC"})


@dataclass(frozen=True)
class Sheet:
    """One kind of file.

    Attributes:
        file: beginning of its name.
        table: canonical table its rows become.
        columns: canonical column → header and how values are written.
        system: whose customer and order numbers these are.
        encoding: of a CSV file.
        title: a line above the headers.
        kind: of file.
        by_year: one file a year.
        constants: values that the file leaves unsaid.
    """

    file: str
    table: str
    columns: Mapping[str, tuple[str, Form]]
    system: str = "main"
    encoding: str = "utf-8"
    title: str = ""
    kind: Kind = "csv"
    by_year: str = ""
    constants: Mapping[str, str] | None = None

    @property
    def header_row(self) -> int:
        """Row of the headers, from 1."""
        return 1 if not self.title else 3 if self.kind == "xlsx" else 2


LINE: dict[str, tuple[str, Form]] = {
    "line_no": ("순번", text),
    "product_id": ("바코드", text),
    "product_name": ("상품명", text),
    "category": ("카테고리", text),
    "quantity": ("수량", text),
    "unit_price": ("판매단가", won),
    "discount_amount": ("할인금액", won),
    "coupon_amount": ("쿠폰할인", won),
    "net_amount": ("실판매금액", won),
}
MALL_ORDERS: dict[str, tuple[str, Form]] = {
    "order_id": ("주문번호", text),
    "ordered_at": ("주문일시", dotted),
    "customer_ref": ("주문자ID", text),
    **LINE,
    "status": ("주문상태", STATUSES),
    "device": ("접속기기", DEVICES),
    "order_region": ("배송시도", text),
    "payment_method": ("결제수단", text),
    "coupon_code": ("쿠폰코드", text),
    "shipping_amount": ("배송비", won),
    "shipped_at": ("출고일", dotted),
    "cancelled_at": ("취소일시", dotted),
}
TILL: dict[str, tuple[str, Form]] = {
    "ordered_at": ("판매일시", dashed),
    "store_id": ("매장코드", text),
    "staff_id": ("판매사원", text),
    "order_id": ("영수증번호", text),
    "customer_ref": ("고객번호", text),
    **LINE,
    "coupon_code": ("쿠폰코드", text),
}
RETURNS: dict[str, tuple[str, Form]] = {
    "return_id": ("반품번호", text),
    "order_id": ("주문번호", text),
    "customer_ref": ("고객번호", text),
    "product_id": ("바코드", text),
    "returned_at": ("반품일시", dotted),
    "quantity": ("반품수량", text),
    "refund_amount": ("환불금액", won),
    "reason": ("반품사유", text),
}
CONSENTS: dict[str, tuple[str, Form]] = {
    "customer_ref": ("회원번호", text),
    "channel": ("수신채널", CHANNELS),
    "purpose": ("동의목적", PURPOSES),
    "allowed": ("수신동의여부", yes_no),
    "night": ("야간수신동의", yes_no),
    "recorded_at": ("처리일시", dotted),
    "method": ("동의방법", METHODS),
}
SHEETS: dict[str, Sheet] = {
    "mall_members": Sheet(
        "온라인몰_회원", "customers", system="mall", encoding="cp949",
        columns={
            "customer_ref": ("회원번호", text), "customer_name": ("이름", text), "phone": ("휴대폰번호", text),
            "email": ("이메일", text), "gender": ("성별", GENDERS), "birth_date": ("생년월일", day),
            "postcode": ("우편번호", text), "region": ("시도", text), "city": ("시/군/구", text), "address": ("주소", text),
            "registered_at": ("가입일시", dotted), "acquisition_channel": ("가입경로", text),
        },
    ),
    "pos_members": Sheet(
        "멤버십카드_회원", "customers", system="pos", encoding="cp949",
        columns={
            "customer_ref": ("고객번호", text), "customer_name": ("성명", text), "phone": ("연락처", text),
            "gender": ("성별", GENDERS), "birth_date": ("생일", day), "registered_at": ("등록일", dotted),
        },
    ),
    "mall_order_lines": Sheet(
        "온라인몰_주문", "order_lines", MALL_ORDERS, "mall", "utf-8-sig", "한빛상회 온라인몰 주문 내역",
        constants={"channel": "mall"},
    ),
    "pos_order_lines": Sheet("POS_판매", "order_lines", TILL, "pos", by_year="ordered_at", constants={"channel": "store",
    "device": "pos"}),
    "mall_returns": Sheet("온라인몰_반품", "returns", RETURNS, "mall", "utf-8-sig"),
    "pos_returns": Sheet("매장_반품", "returns", RETURNS, "pos", "cp949"),
    "mall_consents": Sheet("온라인몰_수신동의", "consents", CONSENTS, "mall"),
    "pos_consents": Sheet("멤버십_수신동의", "consents", CONSENTS, "pos", "cp949"),
    "mall_messages": Sheet(
        "메시지_발송결과", "messages", system="mall",
        columns={
            "message_id": ("발송번호", text), "campaign_id": ("캠페인", text), "customer_ref": ("회원번호", text),
            "channel": ("발송채널", CHANNELS), "message_event": ("결과", RESULTS), "occurred_at": ("발생일시", dashed),
        },
    ),
    "mall_interactions": Sheet(
        "상담_이력", "interactions", system="mall", encoding="cp949",
        columns={
            "interaction_id": ("접수번호", text), "occurred_at": ("접수일시", dotted), "customer_ref": ("고객ID", text),
            "interaction_kind": ("상담유형", KINDS), "topic": ("상담주제", text), "body": ("상담내용", text),
            "staff_id": ("상담원", text), "resolved_at": ("처리일시", dotted),
        },
    ),
    "mall_feedback": Sheet(
        "상품_리뷰", "feedback", system="mall", encoding="utf-8-sig",
        columns={
            "feedback_id": ("리뷰번호", text), "given_at": ("작성일시", dotted), "customer_ref": ("회원번호", text),
            "feedback_kind": ("종류", REVIEW), "order_id": ("주문번호", text), "product_id": ("상품번호", text),
            "rating": ("별점", text), "body": ("내용", text),
        },
    ),
    "mall_campaign_members": Sheet(
        "캠페인_대상자", "campaign_members", system="mall",
        columns={
            "campaign_id": ("캠페인번호", text), "customer_ref": ("회원번호", text), "arm": ("그룹", ARMS),
            "assignment_probability": ("배정확률", text), "assigned_at": ("배정일시", dotted),
        },
    ),
    "campaigns": Sheet(
        "캠페인_목록", "campaigns", encoding="cp949",
        columns={
            "campaign_id": ("캠페인번호", text), "campaign_name": ("캠페인명", text), "campaign_kind": ("종류", CAMPAIGN_KINDS),
            "channel": ("채널", CHANNELS), "starts_at": ("시작일시", dotted), "ends_at": ("종료일시", dotted),
            "cost_per_contact": ("발송단가", won), "randomised": ("무작위배정", yes_no),
        },
    ),
    "spend": Sheet(
        "광고비", "spend", kind="xlsx", title="일별 광고비 집행 내역",
        columns={
            "spent_on": ("일자", day), "channel": ("매체", text), "cost": ("집행금액", won), "impressions": ("노출수", text),
            "clicks": ("클릭수", text),
        },
    ),
    "products": Sheet(
        "상품_목록", "products", encoding="cp949",
        columns={
            "product_id": ("바코드", text), "product_name": ("상품명", text), "category": ("카테고리", text),
            "department": ("대분류", text),
            "brand": ("브랜드", text), "unit_cost": ("매입가", won), "list_price": ("소비자가", won),
        },
    ),
    "stores": Sheet("매장_목록", "stores", {"store_id": ("매장코드", text), "store_name": ("매장명", text), "region": ("시도",
    text)}),
    "staff": Sheet("직원_목록", "staff", {"staff_id": ("사번", text), "team": ("팀", text)}),
}  # fmt: skip
# Canonical column ← key of the web events' JSON objects.
EVENT_KEYS = {
    "messageId": "event_id", "event": "event_name", "timestamp": "occurred_at", "userId": "customer_ref",
    "anonymousId": "anonymous_id", "properties.session_id": "session_id", "properties.product_id": "product_id",
    "properties.query": "search_term", "properties.value": "amount", "context.device": "device",
    "context.utm_source": "utm_source",
}  # fmt: skip
EVENT_FILE = "웹이벤트"
