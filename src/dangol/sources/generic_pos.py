"""A till: receipts item by item with the headers that Korean tills share."""

from dangol.core.declare.source import Shape, shape, source


@source(ko="일반 포스", en="Any till")
def generic_pos() -> tuple[Shape, ...]:
    """A row is an item of a receipt; tills count receipts anew every day, so store, day and till are part of their number."""
    return (
        shape(
            "order_lines",
            signs=("포스번호", "영수증번호"),
            constants={"channel": "store", "device": "pos"},
            product_name="상품명",
            quantity="수량",
            optional={
                "order_id": ("매장코드", "영업일자", "매출일자", "판매일자", "포스번호", "영수증번호"),
                "customer_ref": ("회원번호", "고객번호", "회원카드번호", "고객전화번호"),
                "customer_name": ("회원명", "고객명"),
                "phone": ("고객전화번호", "회원전화번호", "고객연락처"),
                "ordered_at": ("판매일시", "결제일시", "거래일시", "영업일자", "매출일자", "판매일자"),
                "product_id": ("상품코드", "바코드", "상품명"),
                "category": ("상품분류", "카테고리", "중분류"),
                "unit_price": ("단가", "판매단가", "판매가"),
                "net_amount": ("실매출액", "실판매금액", "순매출액", "결제금액", "매출액", "총매출액"),
                "discount_amount": ("할인액", "할인금액", "총할인액"),
                "payment_method": ("결제수단", "결제구분"),
                "store_id": ("매장코드", "매장명", "지점명"),
                "staff_id": ("판매원", "판매사원", "담당자", "계산원"),
            },
            ignored=("총매출액", "부가세"),
        ),
    )
