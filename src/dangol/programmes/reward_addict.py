"""Wean those who buy for rewards only off discounts, with service instead.

Whom: at least three orders, half of them with a coupon or nine of ten products discounted (R110). A further coupon would cost margin and
teach them to wait for the next.

Arms: early access against faster delivery, both without a discount; success is margin, not orders.
"""

from dangol.core.declare import Arm, ProgrammeSettings, programme

reward_addict = programme(
    ProgrammeSettings(
        name="reward_addict",
        ko="혜택만 찾는 고객에게 서비스로 보답",
        en="Service instead of discounts",
        value_ko="할인 대신 먼저 사고 빨리 받는 서비스를 드립니다.",
        value_en="First choice and faster delivery instead of discounts.",
        stage="grow",
        audience='in_segment(name="reward_addict")',
        channels=("kakao", "email", "sms"),
        arms=(
            Arm(
                name="early_access",
                share=0.5,
                cost=20,
                offer_ko="신상품을 하루 먼저 구매하실 수 있습니다.",
                offer_en="New products a day before everybody else.",
            ),
            Arm(
                name="fast_delivery",
                share=0.5,
                cost=20,
                offer_ko="다음 주문을 먼저 발송해 드립니다.",
                offer_en="The next order leaves first.",
            ),
        ),
        holdout=0.2,
        goal="margin",
        horizon_days=60,
        cool_down_days=90,
        rank_by="expected_margin_12m",
    ),
    doc=__doc__,
    file=__file__,
)
