"""Public headers of exports the header dictionary was not made from, and what each of them means to us.

Collected from public code and documentation that names the files' columns. Of several meanings any is right; an empty one says
that the header is rightly left alone. `Order Total` of a file of lines, for example, must not become a line's amount.
"""

from __future__ import annotations

LINES, ORDERS, PEOPLE = "order_lines", "orders", "customers"
NONE = ""

# name of the export → its table and `header = meaning / other meaning` lines
EXPORTS: dict[str, tuple[str, str]] = {
    "etsy_sold_order_items": (LINES, """
        Sale Date = ordered_at | Item Name = product_name | Buyer = customer_ref | Quantity = quantity
        Price = unit_price | Coupon Code = coupon_code | Coupon Details = | Discount Amount = discount_amount
        Shipping Discount = | Order Shipping = shipping_amount | Order Sales Tax = tax_amount | Item Total = net_amount
        Currency = currency | Transaction ID = | Listing ID = product_id/ | Date Paid = | Date Shipped = shipped_at
        Ship Name = | Ship Address1 = | Ship Address2 = | Ship City = /order_region | Ship State = order_region
        Ship Zipcode = | Ship Country = /order_region | Order ID = order_id | Variations = | Order Type = /channel
        Listings Type = | Payment Type = payment_method | InPerson Discount = | InPerson Location = /store_id
        VAT Paid by Buyer = | SKU = product_id/"""),
    "amazon_unshipped_orders": (LINES, """
        order-id = order_id | order-item-id = | purchase-date = ordered_at | payments-date = | reporting-date =
        promise-date = | days-past-promise = | buyer-email = email | buyer-name = customer_name
        buyer-phone-number = phone | sku = product_id | product-name = product_name | quantity-purchased = quantity
        quantity-shipped = | quantity-to-ship = | ship-service-level = | recipient-name = | ship-address-1 =
        ship-address-2 = | ship-address-3 = | ship-city = /order_region | ship-state = order_region | ship-postal-code =
        ship-country = /order_region | sales-channel = channel"""),
    "ebay_orders_report": (LINES, """
        Sales Record Number = | Order Number = order_id | Buyer Username = customer_ref | Buyer Name = customer_name
        Buyer Email = email | Buyer Note = | Buyer Address 1 = address | Buyer Address 2 = address | Buyer City = city
        Buyer State = region | Buyer Zip = postcode | Buyer Country = country | Ship To Name = | Ship To Phone =
        Ship To Address 1 = | Ship To Address 2 = | Ship To City = /order_region | Ship To State = order_region
        Ship To Zip = | Ship To Country = /order_region | Item Number = product_id | Item Title = product_name
        Custom Label = /product_id | Sold Via Promoted Listings = | Quantity = quantity
        Sold For = unit_price/net_amount | Shipping And Handling = shipping_amount | Seller Collected Tax = tax_amount/
        eBay Collected Tax = /tax_amount | Total Price = net_amount | Payment Method = payment_method
        Sale Date = ordered_at | Paid On Date ="""),
    "square_item_sales": (LINES, """
        Date = ordered_at | Time = | Time Zone = | Category = category | Item = product_name/product_id | Qty = quantity
        Price Point Name = | SKU = product_id/ | Modifiers Applied = | Gross Sales = | Discounts = discount_amount
        Net Sales = net_amount | Tax = tax_amount | Transaction ID = order_id | Payment ID = | Device Name = /device
        Notes = | Details = | Event Type = | Location = store_id | Dining Option = | Customer ID = customer_ref
        Customer Name = customer_name | Customer Reference ID = | Unit = | Count = | Itemization Type = | Commission =
        Employee = staff_id"""),
    "gmarket_auction_esm": (LINES, """
        판매아이디 = | 주문번호 = order_id | 결제일 = ordered_at | 구매자명 = customer_name | 구매자 휴대폰 = phone
        수령인명 = | 수령인 휴대폰 = | 주소 = | 배송시 요구사항 = | 판매자 관리코드 = /product_id | 수량 = quantity
        상품명 = product_name | 상품번호 = product_id | 정산예정금액 = | 판매단가 = unit_price | 구매금액 = net_amount
        진행상태 = status"""),
    "kakao_talk_store": (LINES, """
        배송지/수신자정보 입력일 = | 주문상태 = status | 주문번호 = order_id | 채널상품번호 = product_id
        상품명 = product_name | 옵션 = | 수량 = quantity | 배송방법 = | 택배사코드 = | 송장번호 = | 수령인명 =
        수령인연락처1 = | 하이픈포함 수령인연락처1 = | 수령인연락처2 = | 하이픈포함 수령인연락처2 = | 배송지주소 =
        우편번호 = | 배송메세지 = | 배송예정일 = | 주문일 = ordered_at | 상품금액 = net_amount/unit_price | 옵션금액 =
        판매자할인금액 = discount_amount | 판매자쿠폰할인금액 = coupon_amount | 정산기준금액 = | 기본수수료 =
        노출추가수수료 = | 추천리워드수수료 = | 수수료할인금액 = | 채널 = channel | 브랜드 = brand | 모델명 =
        판매자상품번호 = product_id/ | 옵션코드 = | 최초배송비번호 = | 배송비지불방법 = | 기본배송비 유형 =
        기본배송비 금액 = shipping_amount | 도서산간 추가 배송비 금액 = | 유입경로 = | 톡딜여부 = | 상품유형 = /category
        biz판매여부 = | 순서 ="""),
    "welfare_mall": (LINES, """
        고유번호 = | 주문번호 = order_id | 상품코드 = product_id | 주문자 = customer_name | 수령인 =
        주문인연락처 = phone | 수령인연락처1 = | 수령인연락처2 = | 자사상품코드 = product_id/ | 상품명 = product_name
        옵션 = | 수량 = quantity | 판매가격 = unit_price | 공급가격 = unit_cost | 옵션가격 = | 옵션공급가격 =
        배송비 = shipping_amount | 총공급가격 = | 총판매가격 = net_amount | 주문일 = ordered_at | 우편번호 = | 주소 =
        주문시요구사항 = | 택배사 = | 송장번호 ="""),
    "bumpa_orders": (LINES, """
        Order ID = order_id | Customer Name = customer_name | Customer Email = email | Customer Phone = phone
        Order Date = ordered_at | Order Status = status | Payment Status = | Product Name = product_name
        Quantity = quantity | Unit Price = unit_price | Total = net_amount | Shipping State = order_region
        Shipping City = /order_region | Marketing Consent ="""),
    "sales_report": (LINES, """
        Customer Name = customer_name | Customer Email = email | Customer Phone = phone | Order ID = order_id
        Order Date = ordered_at | Order Total = | Order Status = status | Product Name = product_name
        Quantity = quantity | Unit Price = unit_price | Line Total = net_amount"""),
    "seller_logistics": (ORDERS, """
        SubOrder = | Order = order_id | CreatedOn = ordered_at | Status = status | BuyerName = customer_name
        BuyerEmail = email | BuyerPhone = phone | Recipient = | AddressLine1 = | AddressLine2 = | City =
        State = /order_region | PostalCode = | Country = /order_region | ShippingMethod =
        ShippingCost = shipping_amount | TrackingNumber = | TrackingCarrier = | Items ="""),
    "till_receipts": (ORDERS, """
        본부코드 = | 매장코드 = store_id | 가맹점명 = /store_id | 사업자번호 = | 가맹점관리코드 = /store_id
        영업일자 = /ordered_at | 포스번호 = | 영수증번호 = order_id | 매출구분 = | 주문일시 = ordered_at
        결제일시 = /ordered_at | 총매출액 = /gross_amount | 순매출액 = net_amount | 할인총액 = order_discount_amount
        부가세액 = tax_amount | 봉사료액 = | 현금금액 = | 카드금액 = | 포인트금액 = | 상품권금액 ="""),
    "course_platform_contacts": (PEOPLE, """
        Email = email | First name = given_name | Surname = family_name | Phone number = phone | Country = country
        Tags = | Date registered = registered_at"""),
}  # fmt: skip

# Collected after the first measurement had shown faults in the set above, and not looked at while these were mended.
FRESH: dict[str, tuple[str, str]] = {
    "magento_order_grid": (ORDERS, """
        ID = order_id | Purchase Point = /channel/store_id | Purchase Date = ordered_at | Bill-to Name = customer_name/
        Ship-to Name = | Grand Total (Base) = net_amount/ | Grand Total (Purchased) = net_amount/ | Status = status
        Billing Address = address | Shipping Address = | Shipping Information = | Customer Email = email
        Customer Group = | Subtotal = gross_amount | Shipping and Handling = shipping_amount
        Customer Name = customer_name/ | Payment Method = payment_method | Total Refunded ="""),
    "bigcommerce_orders": (ORDERS, """
        Order ID = order_id | Customer ID = customer_ref | Customer Name = customer_name | Customer Email = email
        Customer Phone = phone | Ship Method = | Order Date = ordered_at | Order Time = | Order Status = status
        Subtotal (inc tax) = gross_amount | Shipping Cost (inc tax) = shipping_amount
        Order Total (inc tax) = net_amount | Customer Message = | Payment Method = payment_method | Coupon Details =
        Billing Zip = postcode | Billing Country = country | Shipping Name = | Shipping Zip = | Refund Amount =
        Total Quantity = | Date Shipped = shipped_at"""),
    "stripe_payments": (ORDERS, """
        id = order_id/ | Description = | Seller Message = | Created date (UTC) = ordered_at | Amount = net_amount
        Amount Refunded = | Currency = currency | Customer ID = customer_ref | Customer Description =
        Customer Email = email | Fee = | Status = status | Card ID = | Invoice ID = order_id/"""),
    "toast_item_selections": (LINES, """
        Location = store_id | Order Id = order_id | Order # = order_id/ | Sent Date = | Order Date = ordered_at
        Check Id = | Server = staff_id | Table = | Dining Area = | Service = | Dining Option = | Item Selection Id =
        Item Id = product_id/ | Master Id = | SKU = product_id/ | PLU = | Menu Item = product_name/product_id
        Menu Subgroup(s) = | Menu Group = /category | Menu = /category | Sales Category = category | Gross Price =
        Discount = discount_amount | Net Price = net_amount | Qty = quantity | Tax = tax_amount | Void? ="""),
    "eleventh_street": (LINES, """
        주문상태 = status | 주문번호 = order_id | 주문순번 = line_no | 상품명 = product_name | 옵션 = | 수량 = quantity
        주문일시 = ordered_at | 결제일시 = | 구매자 = customer_name | 구매자ID = customer_ref | 구매자휴대폰번호 = phone
        수취인 = | 휴대폰번호 = | 전화번호 = | 우편번호 = | 주소 = | 배송메시지 = | 배송비 = shipping_amount
        배송비 결제방식 = | 상품번호 = product_id | 판매자 상품코드 = product_id/ | 주문금액 = net_amount
        판매단가 = unit_price | 판매자기본할인금액 = discount_amount/ | 서비스이용료 = | 정산예정금액 = | 발송기한일 =
        택배사 = | 송장번호 = | 판매방식 ="""),
    "godomall_members": (PEOPLE, """
        회원번호 = customer_ref | 아이디 = customer_ref/ | 이름 = customer_name | 닉네임 = | 회원등급 = /tier
        성별 = gender | 생년월일 = birth_date | 이메일 = email | 이메일 수신동의 = | 휴대폰번호 = phone | SMS 수신동의 =
        전화번호 = /phone | 우편번호 = postcode | 주소 = address | 상세주소 = address | 마일리지 = | 예치금 =
        주문건수 = | 총 구매금액 = | 가입일 = registered_at | 최종로그인 = | 추천인아이디 ="""),
}  # fmt: skip

# Collected after the second set had been mended, and mended in its turn.
THIRD: dict[str, tuple[str, str]] = {
    "paypal_activity": (ORDERS, """
        Date = ordered_at | Time = | TimeZone = | Name = customer_name | Type = | Status = status | Currency = currency
        Gross = gross_amount/net_amount | Fee = | Net = net_amount/ | From Email Address = email | To Email Address =
        Transaction ID = order_id | Shipping Address = | Address Status = | Item Title = | Item ID =
        Shipping and Handling Amount = shipping_amount | Sales Tax = tax_amount | Invoice Number = order_id/
        Custom Number = | Receipt ID = /order_id | Balance = | Contact Phone Number = phone | Country = /order_region"""),
    "lightspeed_sale_lines": (LINES, """
        Sale ID = order_id | Date = ordered_at | Customer = customer_name/customer_ref | Description = product_name
        System ID = product_id/ | UPC = product_id/ | Qty = quantity | Price = unit_price | Discount = discount_amount
        Subtotal = | Tax = tax_amount | Total = net_amount | Cost = unit_cost | Category = category
        Employee = staff_id | Shop = store_id"""),
    "ecwid_orders": (LINES, """
        order_number = order_id | email = email | date = ordered_at | payment_status = | fulfillment_status =
        subtotal = | shipping = shipping_amount | tax = tax_amount | total = net_amount/ | currency = currency
        coupon_discount = coupon_amount | sku = product_id | name = product_name | quantity = quantity
        price = unit_price | weight = | category = category | billing_name = customer_name | billing_phone = phone
        billing_city = city | billing_postcode = postcode | shipping_name = | shipping_city = /order_region
        shipping_postcode = | payment_method = payment_method | order_comments ="""),
    "sabangnet_orders": (LINES, """
        사방넷주문번호 = order_id/ | 쇼핑몰주문번호 = order_id/ | 쇼핑몰명 = channel | 주문일자 = ordered_at
        주문자명 = customer_name | 주문자전화번호 = phone/ | 주문자핸드폰번호 = phone/ | 수취인명 = | 수취인전화번호1 =
        수취인우편번호 = | 수취인주소 = | 품번코드 = product_id | 상품명 = product_name | 옵션명칭 = | 수량 = quantity
        결제금액 = net_amount | 판매가 = unit_price | 원가 = unit_cost | 배송비(수집) = shipping_amount | 송장번호 =
        주문상태 = status"""),
    "imweb_orders": (LINES, """
        주문번호 = order_id | 품목주문번호 = | 주문일 = ordered_at | 주문상태 = status | 상품명 = product_name
        상품고유번호 = product_id | 옵션명 = | 구매수량 = quantity | 판매가 = unit_price | 품목실결제가 = net_amount
        배송비 = shipping_amount | 쿠폰할인금액 = coupon_amount | 포인트사용금액 = | 주문자 이름 = customer_name
        주문자 이메일 = email | 주문자 번호 = phone | 수령자명 = | 수령자 전화번호 = | 우편번호 = | 주소 = | 배송메모 =
        결제수단 = payment_method | 유입경로 ="""),
    "clover_customers": (PEOPLE, """
        Customer ID = customer_ref | First Name = given_name | Last Name = family_name | Phone Number = phone
        Email Address = email | Address Line 1 = address | Address Line 2 = address | City = city
        State / Province = region | Postal / Zip Code = postcode | Country = country | Marketing Allowed =
        Customer Since = registered_at | Birthday = birth_date"""),
}  # fmt: skip

# Written down after everything above had been mended, and nothing was changed since: the figure to believe.
HELD_OUT: dict[str, tuple[str, str]] = {
    "wix_orders": (LINES, """
        Order number = order_id | Date created = ordered_at | Time = | Item = product_name/product_id | Variant =
        SKU = product_id/ | Qty = quantity | Price = unit_price | Weight = | Custom text = | Coupon code = coupon_code
        Notes to seller = | Contact email = email | Note from customer = | Billing name = customer_name
        Billing phone = phone | Billing country = country | Billing city = city | Billing zip/postal code = postcode
        Recipient name = | Recipient phone = | Delivery method = | Delivery country = /order_region
        Delivery city = /order_region | Payment status = | Payment method = payment_method | Shipping rate = /shipping_amount
        Total = net_amount | Currency = currency | Fulfillment status = | Tracking # ="""),
    "wemakeprice": (LINES, """
        주문번호 = order_id | 주문옵션번호 = | 주문일 = ordered_at | 결제일 = | 상품번호 = product_id | 상품명 = product_name
        옵션명 = | 수량 = quantity | 판매가 = unit_price | 판매금액 = net_amount | 배송비 = shipping_amount
        구매자 = customer_name | 구매자연락처 = phone | 받는사람 = | 받는사람연락처 = | 우편번호 = | 주소 = | 배송요청사항 =
        업체상품코드 = product_id/ | 주문상태 = status"""),
    "prestashop_customers": (PEOPLE, """
        ID = customer_ref | Social title = | First name = given_name | Last name = family_name | Email address = email
        Group = | Sales = | Enabled = | Newsletter = | Partner offers = | Registration = registered_at | Last visit ="""),
    "odoo_sales": (ORDERS, """
        Order Reference = order_id | Creation Date = | Order Date = ordered_at | Customer = customer_name/customer_ref
        Salesperson = staff_id | Company = | Untaxed Amount = gross_amount/ | Taxes = tax_amount | Total = net_amount
        Status = status | Delivery Date = shipped_at/"""),
}  # fmt: skip


def truth(text: str) -> dict[str, frozenset[str]]:
    """Header → its right meanings."""
    pairs = [cell.partition("=") for line in text.strip().splitlines() for cell in line.split("|")]
    return {header.strip(): frozenset(each.strip() for each in meaning.split("/")) for header, _, meaning in pairs}
