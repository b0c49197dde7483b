"""Naver SmartStore: the sheet of all orders of a seller, one row for each product of an order."""

from collections.abc import Mapping

from dangol.core.declare.source import Headers, Shape, shape, source

BUYER: Mapping[str, Headers] = {"customer_name": "구매자명", "phone": "구매자연락처"}
ORDER: Mapping[str, Headers] = {
    **BUYER,
    "ordered_at": ("주문일시", "결제일"),
    "unit_price": "상품가격",
    "status": "주문상태",
    "payment_method": "결제수단",
    "shipped_at": ("발송처리일", "발송일"),
    "shipping_amount": "배송비 합계",
    "channel": "판매채널",
}
RECEIVER = ("수취인명", "수취인연락처1", "수취인연락처2", "배송지", "통합배송지", "기본배송지", "상세배송지", "우편번호")


@source(ko="네이버 스마트스토어", en="Naver SmartStore")
def naver_smartstore() -> tuple[Shape, ...]:
    """Buyers' ids come masked, so each order is a record of its own that matching joins by name and telephone number."""
    return tuple(
        shape(
            "order_lines",
            signs=("상품주문번호", "구매자명"),
            ignored=(*RECEIVER, "상품주문번호", "구매자ID"),
            optional={**ORDER, "discount_amount": discount},
            order_id="주문번호",
            customer_ref="주문번호",
            product_id="상품번호",
            product_name="상품명",
            quantity="수량",
            net_amount=amount,
        )
        for amount, discount in (
            ("최종 상품별 총 주문금액", "최종 상품별 할인액"),
            ("상품별 총 주문금액", "상품별 할인액"),
        )
    )
