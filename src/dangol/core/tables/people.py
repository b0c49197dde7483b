"""Who: customers as their sources know them, accounts, what they allow."""

from dataclasses import replace

from dangol.core.tables.schema import ATTRIBUTES, CURRENCY, CUSTOMER_REF, Column, Table

CHANNELS = {
    "email": ("이메일", "메일", "e-mail", "mail"),
    "sms": ("문자", "lms", "mms", "text"),
    "kakao": ("카카오", "카카오톡", "kakaotalk", "알림톡", "브랜드메시지"),
    "push": ("푸시", "앱푸시", "app push"),
    "call": ("전화", "phone", "tm"),
    "post": ("우편", "dm", "direct mail"),
}
YES = ("y", "yes", "true", "1", "동의", "예", "t", "o", "수신", "허용")

CUSTOMERS = Table(
    "customers", "고객 원천 기록", "Customer records",
    key=("customer_ref",), moment="registered_at", person=True, purpose="service",
    columns=(
        replace(CUSTOMER_REF, required=True),
        Column("customer_name", "text", "이름", "Name", personal="identifier",
               also=("name", "full name", "고객명", "성명", "회원명", "이름", "주문자명", "구매자명")),
        Column("family_name", "text", "성", "Family name", personal="identifier",
               also=("last name", "surname", "lastname", "family name", "성씨")),
        Column("given_name", "text", "성을 뺀 이름", "Given name", personal="identifier",
               also=("first name", "firstname", "given name", "forename", "이름만")),
        Column("phone", "text", "휴대전화", "Phone", personal="contact",
               also=("mobile", "cell", "휴대폰", "휴대폰번호", "핸드폰", "휴대전화번호", "연락처", "phone number", "tel", "전화번호")),
        Column("email", "text", "이메일", "E-mail", personal="contact",
               also=("e-mail", "mail", "email address", "이메일주소", "메일", "메일주소")),
        Column("gender", "category", "성별", "Gender", personal="quasi", also=("sex",),
               choices={"female": ("f", "여", "여성", "여자", "w", "woman"), "male": ("m", "남", "남성", "남자", "man")}),
        Column("birth_date", "day", "생년월일", "Date of birth", personal="quasi", also=("birthday", "birth", "생일", "dob")),
        Column("age_band", "category", "연령대", "Age band", personal="quasi", also=("age", "age group", "나이", "연령")),
        Column("income_band", "category", "소득 구간", "Income band", personal="quasi", also=("income", "소득")),
        Column("household_size", "category", "가구원 수", "Household size", personal="quasi", also=("family size", "가족수")),
        Column("marital_status", "category", "혼인 상태", "Marital status", personal="quasi", also=("결혼여부", "혼인")),
        Column("home_ownership", "category", "주거 형태", "Home ownership", personal="quasi", also=("homeowner",)),
        Column("household_type", "category", "가구 유형", "Household type", personal="quasi", also=("household_comp",)),
        Column("child_count", "category", "자녀 수", "Number of children", personal="quasi", also=("kids_count", "kids", "자녀수")),
        Column("occupation", "category", "직업", "Occupation", personal="quasi", also=("job", "직종")),
        Column("address", "text", "주소", "Address", personal="contact", also=("street", "addr", "주소지", "기본주소")),
        Column("postcode", "text", "우편번호", "Postcode", personal="quasi", also=("zip", "zip code", "postal code")),
        Column("city", "category", "시/군/구", "City", personal="quasi", also=("town", "location", "도시")),
        Column("region", "category", "지역", "Region", personal="quasi", also=("state", "province", "시도", "시/도", "광역시도")),
        Column("country", "category", "국가", "Country", personal="quasi", also=("nation", "나라")),
        Column("registered_at", "moment", "가입 일시", "Registered at",
               also=("joined", "signup date", "sign up date", "created at", "가입일", "가입일시", "등록일", "회원가입일")),
        Column("identity_verified", "flag", "본인 확인 여부", "Identity verified",
               also=("verified identity", "본인인증", "본인인증여부", "본인확인", "본인확인여부", "실명인증", "실명인증여부")),
        Column("email_verified", "flag", "이메일 인증 여부", "E-mail verified",
               also=("verified email", "email confirmed", "이메일인증", "이메일인증여부", "메일인증여부")),
        Column("acquisition_channel", "category", "획득 채널", "Acquisition channel",
               also=("acquisition source", "first source", "유입채널", "유입경로", "가입경로")),
        Column("account_ref", "text", "거래처 번호", "Account number", personal="identifier",
               also=("account", "account id", "company id", "거래처번호", "거래처코드")),
        Column("account_role", "category", "거래처 내 직책", "Role at the account", personal="quasi",
               also=("job title", "jobtitle", "job position", "직책", "직위", "직급")),
    ),
)  # fmt: skip

ACCOUNTS = Table(
    "accounts", "거래처", "Accounts", key=("account_ref",), purpose="service",
    columns=(
        Column("account_ref", "text", "거래처 번호", "Account number", required=True, personal="identifier",
               also=("account", "account id", "거래처코드", "거래처번호")),
        Column("account_name", "text", "거래처명", "Account name", also=("company", "company name", "회사명", "상호", "거래처")),
        Column("industry", "category", "업종", "Industry", also=("sector", "업태", "산업")),
        Column("employee_count", "integer", "직원 수", "Employees", also=("employees", "종업원수"), lowest=0),
        Column("annual_revenue", "money", "연 매출", "Annual revenue", also=("revenue", "매출액")),
        Column("parent_ref", "text", "모회사", "Parent account", also=("subsidiary_of", "parent", "상위거래처")),
        Column("business_number", "text", "사업자등록번호", "Business number", personal="identifier", also=("사업자번호",)),
        Column("account_phone", "text", "거래처 전화", "Account phone", personal="contact", also=("company phone", "대표전화", "회사전화")),
        Column("website", "text", "웹사이트", "Website", personal="identifier", also=("domain", "company domain", "homepage", "홈페이지", "도메인")),
        Column("account_address", "text", "거래처 주소", "Account address", personal="contact",
               also=("company address", "사업장주소", "회사주소", "사업장소재지")),
        Column("country", "category", "국가", "Country", also=("office_location", "나라")),
        Column("region", "category", "지역", "Region", also=("state", "시도")),
    ),
)  # fmt: skip

CONSENTS = Table(
    "consents", "수신 동의", "Consents",
    key=("customer_ref", "channel", "purpose", "recorded_at"), moment="recorded_at", person=True, purpose="service",
    columns=(
        replace(CUSTOMER_REF, required=True),
        Column("channel", "category", "채널", "Channel", required=True, choices=CHANNELS, also=("수신채널", "동의채널", "매체")),
        Column("purpose", "category", "목적", "Purpose", also=("동의목적", "동의항목"),
               choices={"advertising": ("광고", "마케팅", "광고성", "marketing", "ads"), "service": ("서비스", "정보성"),
                        "analytics": ("분석",), "personalisation": ("개인화", "맞춤", "personalization"),
                        "third_party": ("제3자", "제3자제공", "third party")}),
        Column("allowed", "flag", "동의 여부", "Allowed", required=True,
               also=("consent", "opt in", "opted in", "수신동의", "동의", "동의여부", "수신동의여부")),
        Column("recorded_at", "moment", "동의 일시", "Recorded at", required=True,
               also=("consented at", "date", "동의일", "동의일시", "동의일자", "처리일시")),
        Column("night", "flag", "야간 수신 동의", "Night allowed", also=("야간", "야간동의", "야간수신동의")),
        Column("method", "category", "받은 방법", "Method", also=("how", "동의방법", "경로")),
        Column("text_version", "text", "동의 문구 버전", "Text version", also=("version", "문구버전")),
        Column("expires_at", "moment", "만료 일시", "Expires at", planned=True, also=("만료일",)),
    ),
)  # fmt: skip

LEADS = Table(
    "leads", "잠재 고객", "Leads", key=("lead_ref",), moment="created_at", person=True,
    columns=(
        CUSTOMER_REF,
        Column("lead_ref", "text", "리드 번호", "Lead number", required=True, personal="identifier", also=("lead id", "lead number")),
        Column("created_at", "moment", "생성 일시", "Created at", also=("date", "생성일")),
        Column("lead_source", "category", "유입 경로", "Lead source", also=("source", "lead origin", "유입경로")),
        Column("lead_status", "category", "상태", "Status", also=("status", "상태")),
        Column("converted_at", "moment", "전환 일시", "Converted at", also=("전환일",)),
        Column("converted", "flag", "전환 여부", "Converted", also=("is converted", "전환여부"), known_at="converted_at", earlier="false"),
        Column("account_ref", "text", "거래처 번호", "Account number", personal="identifier", also=("converted account id", "거래처번호")),
        Column("expected_amount", "money", "예상 금액", "Expected amount", lowest=0, also=("expected revenue", "예상매출", "예상금액")),
        CURRENCY,
        Column("refuses_calls", "flag", "전화 거부", "Refuses calls",
               also=("do not call", "do not phone", "no calls", "opted out of calls", "has opted out of calls", "전화수신거부",
                     "전화연락거부", "통화거부", "전화거부여부", "전화수신거부여부")),
        Column("refuses_email", "flag", "이메일 거부", "Refuses e-mail",
               also=("do not email", "email opt out", "opted out of email", "has opted out of email", "unsubscribed from emails",
                     "이메일수신거부", "메일수신거부", "이메일거부여부", "이메일수신거부여부")),
        ATTRIBUTES,
    ),
)  # fmt: skip

OPPORTUNITIES = Table(
    "opportunities", "영업 기회", "Opportunities", key=("opportunity_id",), moment="opened_at",
    columns=(
        Column("opportunity_id", "text", "영업 기회 번호", "Opportunity number", required=True, also=("deal id", "기회번호")),
        Column("account_ref", "text", "거래처 번호", "Account number", also=("account", "거래처")),
        Column("staff_id", "text", "담당자", "Sales agent", also=("sales_agent", "owner", "담당자")),
        Column("product_id", "text", "상품 번호", "Product number", also=("product", "상품")),
        Column("opened_at", "moment", "시작 일시", "Opened at", also=("engage_date", "시작일")),
        Column("stage", "category", "단계", "Stage", also=("deal_stage", "진행단계"), known_at="closed_at", earlier="open"),
        Column("amount", "money", "금액", "Amount", also=("close_value", "value"), known_at="closed_at"),
        CURRENCY,
        Column("closed_at", "moment", "종료 일시", "Closed at", planned=True, also=("close_date", "종료일")),
    ),
)  # fmt: skip

PEOPLE_TABLES = (CUSTOMERS, ACCOUNTS, CONSENTS, LEADS, OPPORTUNITIES)
