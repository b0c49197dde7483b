"""Coupang Wing: the delivery list of a seller, one row for each option of an order."""

from dangol.core.declare.source import Shape, shape, source


@source(ko="쿠팡", en="Coupang")
def coupang() -> tuple[Shape, ...]:
    """Buyers carry virtual telephone numbers that expire, so each order is a record of its own that matching may join."""
    return (
        shape(
            "order_lines",
            signs=("묶음배송번호", "옵션ID"),
            ignored=("수취인이름", "수취인전화번호", "우편번호", "수취인 주소", "통관용구매자전화번호", "바코드"),
            constants={"channel": "coupang"},
            order_id="주문번호",
            customer_ref="주문번호",
            ordered_at="주문일",
            product_id="노출상품ID",
            product_name="등록상품명",
            quantity="구매수(수량)",
            unit_price="옵션판매가(판매단가)",
            net_amount="결제액",
            optional={
                "customer_name": "구매자",
                "phone": "구매자전화번호",
                "shipping_amount": "배송비",
                "shipped_at": "출고일(발송일)",
            },
        ),
    )
