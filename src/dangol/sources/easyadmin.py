"""EasyAdmin: orders that a seller's office gathered from many marketplaces."""

from dangol.core.declare.source import Shape, shape, source


@source(ko="이지어드민", en="EasyAdmin")
def easyadmin() -> tuple[Shape, ...]:
    """The marketplace stands as the channel; marketplaces hide member ids, so each order is a record of its own."""
    return tuple(
        shape(
            "order_lines",
            signs=("관리번호", "판매처"),
            ignored=("수취인", "수취인 전화번호", "수취인 휴대폰번호", "수취인 우편번호", "수취인 주소", "관리번호"),
            order_id=number,
            customer_ref=number,
            channel="판매처",
            optional={
                "ordered_at": ("주문일", "주문일시", "발주일"),
                "product_id": ("상품코드", "판매처 상품코드", "상품명", "판매처 상품명"),
                "product_name": ("상품명", "판매처 상품명"),
                "quantity": ("주문수량", "상품수량", "수량"),
                "net_amount": ("판매금액", "판매가", "정산금액"),
                "unit_cost": "원가",
                "customer_name": ("주문자", "주문자명", "주문자 이름"),
                "phone": ("주문자 휴대폰번호", "주문자 핸드폰", "주문자 전화번호"),
                "shipped_at": ("배송일", "송장입력일"),
                "shipping_amount": "배송비",
            },
        )
        for number in ("외부몰주문번호", "주문번호")
    )
