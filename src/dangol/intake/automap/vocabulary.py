"""Words that headers are made of, Korean and English, and what each of them speaks about.

A word stands for one or several atoms. Atoms with `@` are persons, capitals are heads (what kind of value it is), all others are
the things that a value belongs to or what narrows it down.
"""

from __future__ import annotations

from collections.abc import Mapping

PERSONS: Mapping[str, str] = {
    "@buyer": (
        "구매자 구매고객 구매회원 주문자 주문인 주문고객 주문회원 주문하신분 고객 회원 손님 가입자 이용자 "
        "사용자 유저 customer cust buyer orderer member mbr user purchaser client contact subscriber consumer "
        "shopper billing billto household profile person"
    ),
    "@receiver": (
        "수취인 수취자 수령인 수령자 수령고객 받는분 받는사람 받는 받으시는분 인수자 수하인 배송지 통합배송지 "
        "receiver recipient consignee shipto deliverto to"
    ),
    "@seller": (
        "판매자 판매처 판매사 셀러 업체 공급사 공급업체 공급처 입점사 입점업체 벤더 파트너 seller vendor "
        "supplier merchant partner"
    ),
    "@payer": "입금자 입금인 예금주 결제자 송금인 depositor payer cardholder",
    "@sender": "보내는분 보내는사람 발송인 송하인 sender",
    "@tax": "세금계산서 현금영수증 계산서 taxinvoice",
    "@other": (
        "추천인 보호자 대표자 대표 법정대리인 비상 배우자 자녀 referrer referral guardian emergency manager "
        "owner representative approver spouse parent reviewer author"
    ),
    "@staff": (
        "직원 사원 담당자 상담원 상담사 판매사원 판매직원 담당직원 점원 캐셔 계산원 agent rep staff employee "
        "cashier salesperson salesrep salesagent operator associate server"
    ),
    "@account": ("거래처 회사 기업 법인 상호 사업자 단체 기관 company organization organisation account business firm employer"),
}
HEADS: Mapping[str, str] = {
    "NUMBER": (
        "번호 넘버 아이디 코드 식별자 키 일련번호 no num nr number id ids uid uuid guid code key ref reference identifier"
    ),
    "NAME": "명 이름 성명 명칭 name nm fullname displayname",
    "GIVEN": "firstname givenname forename fname first given",
    "FAMILY": "성씨 lastname surname familyname lname last family",
    "PHONE": (
        "전화 전화번호 휴대폰 휴대폰번호 휴대전화 휴대전화번호 휴대 핸드폰 핸드폰번호 연락처 유선전화 "
        "일반전화 자택전화 phone mobile cell cellphone tel telephone phonenumber phoneno mobileno mobilephone "
        "cellnum contactnumber hp landline"
    ),
    "EMAIL": "이메일 메일 전자우편 이메일주소 메일주소 email mail emailaddress",
    "ADDRESS": "주소 기본주소 도로명주소 지번주소 address addr street streetaddress addressline",
    "DETAIL": "상세주소 나머지주소 apartment suite apt",
    "POSTCODE": "우편번호 우편 zip zipcode postcode postal postalcode",
    "CITY": "시군구 도시 구군 city town",
    "REGION": "시도 지역 광역시도 region state province prefecture county",
    "COUNTRY": "국가 나라 country nation",
    "DATE": "일 일자 일시 날짜 시간 시각 년월일 date time at on dt datetime timestamp day",
    "AMOUNT": (
        "금액 액 총액 매출 매출액 가격 값 요금 비 료 amount amt value price cost charge charges sum total "
        "revenue sales spend spent"
    ),
    "UNITPRICE": "단가 판매가 판매단가 판매가격 개당가격 unitprice priceeach",
    "LISTPRICE": "정가 소비자가 소비자가격 권장소비자가 정상가 시중가 listprice msrp rrp compareatprice",
    "QUANTITY": "수량 개수 갯수 건수 수 quantity qty count units",
    "STATUS": "상태 진행상태 처리상태 status",
    "METHOD": "수단 방법 방식 method",
    "REASON": "사유 이유 원인 reason",
    "TEXT": (
        "메모 메세지 메시지 내용 비고 요청사항 남기실말 문구 특이사항 note notes memo message comment "
        "comments remark remarks instructions text body review"
    ),
    "KIND": "구분 유형 종류 타입 형태 type kind",
    "RATE": "율 률 비율 rate ratio percent pct percentage",
    "FLAG": "여부 yn flag is has requires",
    "URL": "주소창 url link page referrerurl",
    "IP": "아이피 ip",
    "RATING": "별점 평점 점수 rating score stars",
}
THINGS: Mapping[str, str] = {
    "order": (
        "주문 오더 구매 거래 영수증 전표 주문서 order orders ordered purchase purchased transaction trans txn "
        "invoice receipt basket checkout"
    ),
    "bill": "bill",
    "line": "품목별 상품별 라인 순번 연번 상세 세부 lineitem line row seq position detail",
    "product": "상품 제품 품목 물품 메뉴 아이템 자재 굿즈 product products item items article goods stock menu prod",
    "option": (
        "옵션 색상 사이즈 규격 variant variation option options color colour size modifier attribute attributes selection"
    ),
    "store": "매장 점포 지점 영업점 영업장 가맹점 store shop branch location outlet",
    "channel": "채널 쇼핑몰 마켓 판매채널 판매경로 몰 사이트 오픈마켓 channel marketplace site storefront",
    "campaign": "캠페인 campaign",
    "message": "발송 message",
    "event": "이벤트 행동 event action activity",
    "session": "세션 session visit",
    "device": "기기 디바이스 접속기기 device platform os browser",
    "coupon": "쿠폰 프로모션코드 coupon promo voucher promotion discountcode",
    "point": "포인트 적립금 마일리지 예치금 적립 point points mileage reward credit giftcard",
    "payment": "결제 입금 지불 수납 payment pay paid tender card",
    "shipping": (
        "배송 택배 택배사 운송장 송장 발송처리 출고 집하 도서산간 shipping ship shipment shipped delivery "
        "deliver delivered fulfillment fulfilled fulfilment dispatch dispatched tracking courier carrier "
        "freight handling logistics"
    ),
    "discount": "할인 에누리 디스카운트 discount disc discounts off reduction",
    "tax": "세 세금 부가세 부가가치세 세액 관세 tax taxes vat gst duty",
    "refund": "환불 반품 refund refunded return returned returns",
    "cancel": "취소 철회 cancel cancelled canceled cancellation void voided",
    "exchange": "교환 exchange",
    "confirm": "확정 발주확인 구매확정 확인 confirm confirmed confirmation",
    "due": "예정 기한 희망 마감 예상 due expected estimated promised scheduled desired",
    "consent": "동의 수신동의 수신 마케팅 opt optin consent marketing accepts subscribed permission subscription",
    "category": "카테고리 분류 대분류 중분류 소분류 category categories collection",
    "department": "부문 부서 department dept",
    "brand": "브랜드 제조사 brand maker manufacturer",
    "cost": "원가 매입 매입가 공급 공급가 공급가액 cogs wholesale buy buying",
    "margin": "마진 이익 profit margin",
    "fee": "수수료 commission fee fees",
    "settle": "정산 settlement payout deposit",
    "gift": "사은품 선물 gift",
    "inventory": "재고 inventory onhand",
    "birth": "생년월일 생일 출생 birth birthday birthdate dob",
    "gender": "성별 gender sex",
    "age": "나이 연령 연령대 age",
    "income": "소득 income",
    "marital": "혼인 결혼 marital",
    "job": "직업 직종 job occupation",
    "join": (
        "가입 등록 회원가입 신규 registered registration register signup joined join created create creation added enrolled since"
    ),
    "update": "수정 변경 최종수정 updated update modified lastmodified changed",
    "visit": "접속 방문 로그인 login visited seen active",
    "industry": "업종 업태 산업 industry sector",
    "employees": "종업원 임직원 employees headcount",
    "tier": "등급 회원등급 tier grade level membership",
    "currency": "통화 currency",
    "lead": "리드 잠재고객 lead leads",
    "deal": "기회 영업기회 opportunity deal",
    "stage": "단계 진행단계 stage pipeline",
    "source": "유입 유입경로 유입채널 출처 source medium referring",
    "search": "검색 검색어 search query keyword",
    "title": "직함 직급 직책 호칭 title salutation prefix suffix",
    "bundle": "묶음 묶음배송 묶음번호 bundle package parcel",
    "customs": "통관 개인통관 customs pccc",
    "bank": "은행 계좌 bank",
    "fax": "팩스 fax",
    "risk": "위험 risk fraud",
    "info": "info information details",
    "image": "이미지 사진 image photo thumbnail",
    "weight": "무게 중량 weight",
    "terminal": "포스 단말기 pos terminal till drawer",
    "table": "테이블 table",
    "guest": "객수 고객수 guests covers",
    "platformfee": "이용료 서비스이용료",
    "external": "외부 외부몰 연동 external original",
    "internal": "내부 관리 자체 internal custom",
}
NARROWING: Mapping[str, str] = {
    "net": "실 실제 실결제 실판매 순 최종 실납부 net actual final grand after collected",
    "gross": "정상 총판매 할인전 소계 gross subtotal before merchandise",
    "total": "총 합계 전체 누적 total overall all lifetime",
    "sale": "판매 매출 sale sales sold selling",
    "unit": "개당 단위 단 unit each per",
    "list": "소비자 list compare retail regular",
    "avg": "평균 average avg mean",
    "first": "최초 첫 initial",
    "last": "최근 마지막 latest recent",
    "default": "기본 기본배송지 default primary main",
    "date_start": "시작 개시 start starts begin from",
    "date_end": "종료 만료 end ends expires expiry close closed until",
    "full": "full",
    "shown": "노출 표시 displayed shown",
    "other_unit": "krw usd eur gbp won",
}
PHRASES: Mapping[str, str] = {
    "상품명": "product NAME",
    "품명": "product NAME",
    "메뉴명": "product NAME",
    "품번": "product NUMBER",
    "바코드": "product NUMBER",
    "barcode": "product NUMBER",
    "sku": "product NUMBER",
    "asin": "product NUMBER",
    "ean": "product NUMBER",
    "upc": "product NUMBER",
    "total": "total AMOUNT",
    "합계": "total AMOUNT",
    "총액": "total AMOUNT",
    "shippingandhandling": "shipping AMOUNT",
    "배송비": "shipping AMOUNT",
    "배송료": "shipping AMOUNT",
    "택배비": "shipping AMOUNT",
    "postage": "shipping AMOUNT",
    "부가세": "tax AMOUNT",
    "부가가치세": "tax AMOUNT",
    "vat": "tax AMOUNT",
    "원가": "cost AMOUNT",
    "매입가": "cost AMOUNT",
    "매입단가": "cost AMOUNT",
    "생년월일": "birth DATE",
    "생일": "birth DATE",
    "birthday": "birth DATE",
    "dob": "birth DATE",
    "회사명": "@account NAME",
    "상호": "@account NAME",
    "거래처명": "@account NAME",
    "매장명": "store NAME",
    "지점명": "store NAME",
    "순번": "line NUMBER",
    "연번": "line NUMBER",
    "우편번호": "POSTCODE",
    "운송장번호": "shipping NUMBER",
    "송장번호": "shipping NUMBER",
    "bizno": "@account business_number",
    "brn": "@account business_number",
    "businessnumber": "@account business_number",
    "사업자번호": "@account business_number",
    "사업자등록번호": "@account business_number",
    "구매수": "order QUANTITY",
    "주문수": "order QUANTITY",
    "판매가": "UNITPRICE",
    "username": "@buyer NUMBER",
    "userid": "@buyer NUMBER",
    "영업일": "order DATE",
    "영업일자": "order DATE",
    "매출일": "order DATE",
    "매출일자": "order DATE",
    "매출일시": "order DATE",
    "판매일": "order DATE",
    "판매일자": "order DATE",
    "판매일시": "order DATE",
    "판매시간": "order DATE",
    "결제일": "payment DATE",
    "입금일": "payment DATE",
    "가입일": "join DATE",
    "등록일": "join DATE",
    "취소일": "cancel DATE",
    "환불일": "refund DATE",
    "반품일": "refund DATE",
    "발송일": "shipping DATE",
    "출고일": "shipping DATE",
    "배송일": "shipping DATE",
    "주문일": "order DATE",
    "구매일": "order DATE",
    "거래일": "order DATE",
    "결제액": "payment AMOUNT",
    "할인액": "discount AMOUNT",
    "환불액": "refund AMOUNT",
    "매출액": "sale AMOUNT",
    "판매액": "sale AMOUNT",
    "판매금액": "sale AMOUNT",
    "공급가액": "supply AMOUNT",
    "선결제": "shipping",
    "배송메세지": "shipping TEXT",
    "배송메시지": "shipping TEXT",
    "개인통관고유부호": "customs",
    "고유번호": "internal NUMBER",
    "결제가": "payment AMOUNT",
    "실결제가": "net payment AMOUNT",
    "실판매가": "net sale AMOUNT",
    "주문자번호": "@buyer UNCLEAR",
    "구매자번호": "@buyer UNCLEAR",
    "관리번호": "internal NUMBER",
    "결제수단": "payment METHOD",
    "결제방법": "payment METHOD",
    "이메일 수신": "consent",
    "sms 수신": "consent",
}


def word_table() -> dict[str, tuple[str, ...]]:
    """Every written word with the atoms it stands for; phrases win over single words."""
    table: dict[str, tuple[str, ...]] = {}
    for group in (THINGS, NARROWING, HEADS, PERSONS):
        for atom, written in group.items():
            table.update(dict.fromkeys(written.split(), (atom,)))
    table.update({written: tuple(atoms.split()) for written, atoms in PHRASES.items()})
    return table


WORDS: Mapping[str, tuple[str, ...]] = word_table()
EMPTY_WORDS = frozenset({
    "의", "및", "원", "정보", "the", "of", "for", "and", "a", "in", "this", "s", "your", "record", "krw", "usd", "eur", "gbp",
})  # fmt: skip
