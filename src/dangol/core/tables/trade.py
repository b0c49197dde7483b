"""What was sold: orders, their lines, returns, products, stores, staff, prices, stock and costs."""

from dangol.core.tables.schema import CURRENCY, CUSTOMER_REF, Column, Table

ORDER_ID = ("order no", "order number", "order", "basket_id", "invoice", "invoice no", "transaction_id", "receipt no",
            "주문번호", "주문id", "영수증번호", "거래번호", "주문코드", "상품주문번호")  # fmt: skip
ORDERED_AT = ("order date", "ordered", "date", "transaction_timestamp", "transaction_date", "invoice_date", "purchase date",
              "paid at", "time", "timestamp", "주문일", "주문일시", "주문일자", "구매일", "구매일시", "결제일", "결제일시", "판매일", "판매일시", "거래일시", "일시")  # fmt: skip
PRODUCT_ID = ("sku", "item id", "item", "stock_code", "product code", "product_sku", "upc", "barcode",
              "상품번호", "상품코드", "품번", "자사상품코드", "바코드")  # fmt: skip
DISCOUNT = ("discount", "할인", "할인액", "할인금액", "retail_disc")
DEVICES = {
    "mobile": ("모바일", "app", "앱", "phone", "smartphone", "ios", "android"),
    "tablet": ("태블릿", "ipad"),
    "desktop": ("pc", "컴퓨터", "web", "데스크톱"),
    "pos": ("포스", "매장", "kiosk", "키오스크"),
    "phone_order": ("전화주문",),
}

STATUSES = {
    "completed": (
        "완료", "구매확정", "배송완료", "결제완료", "paid", "shipped", "delivered", "fulfilled", "complete", "배송중", "배송준비중",
        "배송준비", "상품준비중", "발송대기", "발송완료", "배송대기", "배송지시", "발주확인", "교환", "교환완료", "processing", "partially paid",
        "partially refunded", "closed",
    ),
    "cancelled": (
        "취소", "취소완료", "canceled", "cancel", "voided", "반품", "반품완료", "환불", "환불완료", "미결제취소", "refunded", "expired",
        "failed",
    ),
    "pending": (
        "대기", "입금대기", "open", "unpaid", "결제대기", "입금전", "미입금", "신규주문", "on hold", "pending payment", "authorized", "draft",
    ),
}  # fmt: skip
ORDERS = Table(
    "orders", "주문", "Orders", key=("order_id",), moment="ordered_at", person=True, purpose="service",
    columns=(
        CUSTOMER_REF,
        Column("order_id", "text", "주문 번호", "Order number", required=True, also=ORDER_ID),
        Column("ordered_at", "moment", "주문 일시", "Ordered at", required=True, also=ORDERED_AT),
        Column("status", "category", "주문 상태", "Order status", also=("order status", "주문상태", "처리상태"),
               choices=STATUSES, known_at="cancelled_at", earlier="completed"),
        Column("account_ref", "text", "거래처 번호", "Account number", personal="identifier",
               also=("account number", "account id", "company id", "거래처번호", "거래처코드")),
        Column("channel", "category", "판매 채널", "Sales channel", also=("sales channel", "order channel", "판매채널", "주문경로", "쇼핑몰")),
        Column("store_id", "text", "매장", "Store", also=("store", "shop", "branch", "매장코드", "매장", "점포", "지점")),
        Column("staff_id", "text", "판매 직원", "Salesperson", also=("salesperson", "rep", "sales rep", "cashier", "판매사원", "담당직원")),
        Column("device", "category", "기기", "Device", choices=DEVICES, also=("device type", "기기", "접속기기")),
        Column("order_region", "category", "배송 지역", "Shipping region", personal="quasi",
               also=("ship region", "shipping province", "ship country", "country", "배송지역", "배송시도")),
        CURRENCY,
        Column("gross_amount", "money", "정가 합계", "Gross amount", also=("subtotal", "주문금액", "상품금액"), derived=True),
        Column("order_discount_amount", "money", "주문 할인액", "Order discount", lowest=0,
               also=("order discount", "주문할인", "장바구니할인"), derived=True),
        Column("net_amount", "money", "순매출", "Net sales", derived=True,
               also=("total", "order total", "amount", "결제금액", "총액", "실결제금액", "총결제금액")),
        Column("tax_amount", "money", "세금", "Tax", also=("tax", "vat", "부가세")),
        Column("shipping_amount", "money", "배송비", "Shipping revenue", also=("shipping", "delivery_charges", "배송비", "배송료")),
        Column("cost_amount", "money", "원가 합계", "Cost", derived=True, also=("cost total", "원가합계")),
        Column("margin_amount", "money", "마진", "Margin", derived=True, also=("profit", "margin", "마진", "이익")),
        Column("line_count", "count", "상품 줄 수", "Number of lines", derived=True),
        Column("coupon_code", "text", "쿠폰 코드", "Coupon code", also=("coupon", "discount code", "쿠폰", "쿠폰코드", "쿠폰번호")),
        Column("payment_method", "category", "결제 수단", "Payment method", also=("payment", "card type", "결제수단", "결제방법")),
        Column("shipped_at", "moment", "발송 일시", "Shipped at", also=("ship date", "shipped date", "발송일", "출고일", "배송일")),
        Column("cancelled_at", "moment", "취소 일시", "Cancelled at", also=("canceled at", "취소일", "취소일시")),
    ),
)  # fmt: skip

ORDER_LINES = Table(
    "order_lines", "주문 상품", "Order lines", key=("order_id", "line_no"), moment="ordered_at", person=True, purpose="service",
    columns=(
        CUSTOMER_REF,
        Column("order_id", "text", "주문 번호", "Order number", required=True, also=ORDER_ID),
        Column("line_no", "integer", "줄 번호", "Line number", also=("line", "line number", "순번"), derived=True),
        Column("ordered_at", "moment", "주문 일시", "Ordered at", also=ORDERED_AT, derived=True),
        Column("product_id", "text", "상품 번호", "Product number", required=True, also=PRODUCT_ID),
        Column("quantity", "number", "수량", "Quantity", also=("qty", "수량", "구매수량", "판매수량"), derived=True),
        Column("unit_price", "money", "판매 단가", "Unit price", lowest=0, also=("price", "avg_price", "단가", "판매가", "상품가격", "판매단가")),
        Column("discount_amount", "money", "할인액", "Discount", also=DISCOUNT),
        Column("coupon_amount", "money", "쿠폰 할인액", "Coupon discount", also=("coupon_disc", "coupon discount", "쿠폰할인")),
        Column("net_amount", "money", "순매출", "Net sales", derived=True,
               also=("sales_value", "line total", "amount", "sales", "판매금액", "매출", "매출액", "금액", "결제금액", "실판매금액")),
        Column("unit_cost", "money", "단위 원가", "Unit cost", lowest=0, also=("cost", "원가", "매입단가", "매입가")),
        Column("cost_amount", "money", "원가", "Cost", derived=True),
        Column("margin_amount", "money", "마진", "Margin", derived=True),
        Column("tax_amount", "money", "세금", "Tax", also=("line tax",)),
        Column("shipped_at", "moment", "발송 일시", "Shipped at", also=("line shipped",)),
        Column("line_status", "category", "상품별 주문 상태", "Line status", also=("상품주문상태",), choices=STATUSES, derived=True),
    ),
)  # fmt: skip

RETURNS = Table(
    "returns", "반품", "Returns", key=("order_id", "product_id", "returned_at"), moment="returned_at", person=True, purpose="service",
    columns=(
        CUSTOMER_REF,
        Column("return_id", "text", "반품 번호", "Return number", also=("refund id", "반품번호")),
        Column("order_id", "text", "주문 번호", "Order number", also=ORDER_ID),
        Column("product_id", "text", "상품 번호", "Product number", also=PRODUCT_ID),
        Column("returned_at", "moment", "반품 일시", "Returned at", required=True, also=("refund date", "return date", "반품일", "환불일", "반품일시")),
        Column("quantity", "number", "수량", "Quantity", lowest=0, also=("qty", "반품수량")),
        Column("refund_amount", "money", "환불액", "Refund", lowest=0, also=("refund", "amount", "환불금액", "반품금액", "환불액")),
        CURRENCY,
        Column("reason", "category", "반품 사유", "Reason", also=("return reason", "반품사유", "사유")),
        Column("answered_at", "moment", "처리 일시", "Answered at", also=("처리일", "처리일시")),
    ),
)  # fmt: skip

CONTRACTS = Table(
    "contracts", "계약과 구독", "Contracts and subscriptions", key=("contract_id",), moment="started_at", person=True, purpose="service",
    columns=(
        CUSTOMER_REF,
        Column("contract_id", "text", "계약 번호", "Contract number", required=True,
               also=("contract number", "subscription id", "subscription number", "계약번호", "구독번호", "가입번호")),
        Column("started_at", "moment", "계약 시작 일시", "Contract started at", required=True,
               also=("contract start", "subscription start", "subscribed at", "계약시작일", "계약일", "구독시작일", "구독시작일시")),
        Column("ended_at", "moment", "해지 일시", "Contract ended at", after="started_at",
               also=("contract end", "subscription end", "churned at", "contract cancelled at", "해지일", "해지일시",
                     "구독종료일", "계약종료일")),
        Column("end_kind", "category", "해지 구분", "How it ended", also=("cancellation kind", "churn type", "해지유형", "해지구분"),
               choices={"voluntary": ("자발", "자발해지", "고객해지", "cancelled by customer"),
                        "involuntary": ("비자발", "직권해지", "미납해지", "payment failed", "nonpayment", "미납")},
               known_at="ended_at"),
        Column("plan", "category", "요금제", "Plan", also=("subscription plan", "contract plan", "구독상품", "상품플랜")),
        Column("monthly_fee", "money", "월 금액", "Monthly fee", lowest=0, also=("monthly charges", "월요금", "월이용료", "월구독료")),
        CURRENCY,
    ),
)  # fmt: skip

PRODUCTS = Table(
    "products", "상품", "Products", key=("product_id",),
    columns=(
        Column("product_id", "text", "상품 번호", "Product number", required=True, also=PRODUCT_ID),
        Column("product_name", "text", "상품명", "Product name", also=("description", "product_description", "title", "item name", "product_type", "상품명", "품명")),
        Column("category", "category", "카테고리", "Category", also=("product_category", "category name", "분류", "카테고리", "상품분류", "중분류")),
        Column("department", "category", "대분류", "Department", also=("dept", "대분류", "부문")),
        Column("brand", "category", "브랜드", "Brand", also=("maker", "제조사", "브랜드명")),
        Column("unit_cost", "money", "단위 원가", "Unit cost", lowest=0, also=("cost", "원가", "매입가")),
        Column("list_price", "money", "정가", "List price", lowest=0, also=("price", "정가", "소비자가")),
        Column("package_size", "text", "규격", "Package size", also=("size", "용량", "규격")),
        Column("launched_at", "moment", "출시 일시", "Launched at", also=("launch date", "출시일")),
    ),
)  # fmt: skip

STORES = Table(
    "stores", "매장", "Stores", key=("store_id",),
    columns=(
        Column("store_id", "text", "매장 번호", "Store number", required=True, also=("store", "매장코드", "점포코드")),
        Column("store_name", "text", "매장명", "Store name", also=("name", "매장명", "점포명")),
        Column("region", "category", "지역", "Region", also=("state", "시도")),
        Column("latitude", "number", "위도", "Latitude", lowest=-90, also=("lat", "y좌표")),
        Column("longitude", "number", "경도", "Longitude", lowest=-180, also=("lng", "lon", "long", "x좌표")),
        Column("opened_at", "moment", "개점 일시", "Opened at", also=("개점일",)),
    ),
)  # fmt: skip

POSTCODES = Table(
    "postcodes", "우편번호 좌표", "Postcodes", key=("postcode",),
    columns=(
        Column("postcode", "text", "우편번호", "Postcode", required=True, also=("zip", "zip code", "postal code")),
        Column("latitude", "number", "위도", "Latitude", required=True, lowest=-90, also=("lat", "y좌표")),
        Column("longitude", "number", "경도", "Longitude", required=True, lowest=-180, also=("lng", "lon", "long", "x좌표")),
    ),
)  # fmt: skip

STAFF = Table(
    "staff", "직원", "Staff", key=("staff_id",),
    columns=(
        Column("staff_id", "text", "직원 번호", "Staff number", required=True, also=("employee id", "사번", "직원코드")),
        Column("staff_name", "text", "직원명", "Staff name", personal="identifier", also=("name", "sales_agent", "직원명", "이름")),
        Column("team", "category", "팀", "Team", also=("department", "부서")),
    ),
)  # fmt: skip

STOCK = Table(
    "stock", "재고", "Stock", key=("product_id", "store_id", "counted_at"), moment="counted_at",
    columns=(
        Column("product_id", "text", "상품 번호", "Product number", required=True, also=PRODUCT_ID),
        Column("store_id", "text", "매장", "Store", also=("store", "매장")),
        Column("counted_at", "moment", "조사 일시", "Counted at", required=True, also=("date", "조사일", "재고일")),
        Column("quantity", "number", "수량", "Quantity", required=True, also=("qty", "stock", "재고", "재고수량")),
    ),
)  # fmt: skip

PRICES = Table(
    "prices", "가격 이력", "Prices", key=("product_id", "valid_from"), moment="valid_from",
    columns=(
        Column("product_id", "text", "상품 번호", "Product number", required=True, also=PRODUCT_ID),
        Column("valid_from", "moment", "적용 시작", "Valid from", required=True, also=("from", "적용일")),
        Column("price", "money", "가격", "Price", required=True, lowest=0, also=("판매가",)),
    ),
)  # fmt: skip

COSTS = Table(
    "costs", "비용", "Costs", key=("cost_kind", "valid_from"), moment="valid_from",
    columns=(
        Column("cost_kind", "category", "비용 종류", "Cost kind", required=True, also=("kind", "비용종류")),
        Column("valid_from", "moment", "적용 시작", "Valid from", also=("from", "적용일")),
        Column("amount", "money", "금액", "Amount", also=("cost", "금액")),
    ),
)  # fmt: skip

TRADE_TABLES = (ORDERS, ORDER_LINES, RETURNS, CONTRACTS, PRODUCTS, STORES, POSTCODES, STAFF, STOCK, PRICES, COSTS)
