"""Keep customers whose silence breaks their own rhythm, those first with whom most is at stake.

Whom: at risk, that is silent for more than twice the own mean gap and not lapsed yet: they still know us, and a message costs little.
Ranked by expected margin times churn probability, what may be lost, not by worth alone: most of the best will come anyway.

Arms: a reminder of what they usually buy against a benefit for the next order, half and half: a benefit given to who would have come
anyway is lost margin, and only the comparison tells. Holdout 20 %: many return by themselves, which is why nothing but a comparison
shows what the programme keeps.
"""

from dangol.core.declare import Arm, ProgrammeSettings, programme

keep_at_risk = programme(
    ProgrammeSettings(
        name="keep_at_risk",
        ko="이탈 위험 고객 지키기",
        en="Keep customers at risk",
        value_ko="평소 사시던 상품을 떨어지기 전에 챙겨 드립니다.",
        value_en="What they usually buy, before they run out of it.",
        stage="retain",
        audience='lifecycle_stage == "at_risk"',
        channels=("kakao", "sms", "email"),
        arms=(
            Arm(
                name="reminder",
                share=0.5,
                cost=20,
                offer_ko="자주 사시던 상품과 새로 들어온 상품을 소개합니다. 할인은 없습니다.",
                offer_en="What they usually buy and what is new; no discount.",
            ),
            Arm(
                name="benefit",
                share=0.5,
                cost=20,
                offer_ko="다음 주문에 쓸 수 있는 무료 배송 혜택을 드립니다.",
                offer_en="Free delivery of the next order.",
            ),
        ),
        holdout=0.2,
        goal="margin",
        horizon_days=60,
        cool_down_days=90,
        rank_by="expected_margin_12m * churn_probability",
    ),
    doc=__doc__,
    file=__file__,
)
