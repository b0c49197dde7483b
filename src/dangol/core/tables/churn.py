"""Who left: a company's own list of customers with a mark for those who are gone, and whatever else it says of them."""

from dataclasses import replace

from dangol.core.tables.schema import ATTRIBUTES, CUSTOMER_REF, Column, Table

LEFT, STAYED = "left", "stayed"

CHURN_LABELS = Table(
    "churn_labels", "이탈 여부 명단", "Customers marked as left or not", key=("customer_ref",), person=True,
    columns=(
        replace(CUSTOMER_REF, required=True),
        Column("churn_status", "category", "이탈 여부", "Left or stayed", required=True,
               also=("churn", "churned", "churn flag", "churn label", "is churn", "is churned", "customer churn", "exited",
                     "attrition", "attrition flag", "has left", "이탈", "이탈고객", "이탈고객여부", "고객이탈", "고객이탈여부",
                     "이탈구분", "해지", "해지여부", "해지고객여부", "서비스해지여부"),
               choices={LEFT: ("이탈", "해지", "탈퇴", "이탈고객", "1", "yes", "y", "true", "t", "o", "예", "churned", "churn",
                               "exited", "gone", "lost", "cancelled", "canceled", "attrited", "attrited customer"),
                        STAYED: ("유지", "정상", "이용중", "사용중", "유지고객", "0", "no", "n", "false", "f", "x", "아니오",
                                 "아니요", "not churned", "active", "retained", "current", "existing customer", "joined")}),
        Column("monthly_fee", "money", "월 금액", "Monthly fee", lowest=0,
               also=("monthly charges", "monthly charge", "mrr", "월요금", "월이용료", "월구독료")),
        ATTRIBUTES,
    ),
)  # fmt: skip
CHURN_TABLES = (CHURN_LABELS,)
