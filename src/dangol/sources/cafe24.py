"""Cafe24: orders item by item and members, as the shop's administration exports them."""

from collections.abc import Mapping

from dangol.core.declare.source import Headers, Shape, shape, source

BUYER: Mapping[str, Headers] = {
    "customer_name": "주문자명",
    "phone": ("주문자 휴대전화", "주문자 일반전화"),
    "email": "주문자 이메일",
}


@source(ko="카페24", en="Cafe24")
def cafe24() -> tuple[Shape, ...]:
    """A guest without a member id is known by the telephone number, else by the order; receivers are left alone."""
    return (
        shape(
            "order_lines",
            signs=("품목별 주문번호", "주문자명"),
            order_id="주문번호",
            quantity="수량",
            optional={
                **BUYER,
                "customer_ref": ("주문자ID", "주문자 휴대전화", "주문번호"),
                "ordered_at": ("주문일시", "주문일", "결제일시(입금확인일)"),
                "product_id": ("상품번호", "상품코드", "상품품목코드", "상품명(한국어 쇼핑몰)", "주문상품명"),
                "product_name": ("상품명(한국어 쇼핑몰)", "상품명", "주문상품명"),
                "unit_price": ("판매가", "상품구매금액(KRW)"),
                "shipping_amount": ("총 배송비(KRW)", "총 배송비"),
                "payment_method": "결제수단",
                "channel": ("주문경로", "쇼핑몰"),
                "status": "주문상태",
                "shipped_at": "배송시작일",
                "cancelled_at": "취소일시",
            },
            ignored=("수령인", "우편번호", "상품구매금액(KRW)"),
        ),
        shape(
            "customers",
            signs=("회원등급", "회원 가입일"),
            customer_name="이름",
            registered_at="회원 가입일",
            optional={
                "customer_ref": ("아이디", "회원아이디", "이메일", "휴대폰번호"),
                "phone": ("휴대폰번호", "전화번호"),
                "email": "이메일",
                "gender": "성별",
                "age_band": "나이",
                "birth_date": ("생년월일", "생일"),
                "address": ("주소1", "주소2", "주소"),
                "postcode": "우편번호",
                "region": "지역",
                "acquisition_channel": ("가입경로", "유입경로"),
            },
        ),
    )
