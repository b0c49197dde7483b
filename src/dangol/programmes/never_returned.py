"""Give those who bought once and never returned a reason for a second order.

Whom: one order, and silent beyond the lapse point (R110). A thank-you for loyalty would miss them; fallen angels have a programme of
their own.

Arms: what goes with the first purchase against a benefit for the second order.
"""

from dangol.core.declare import Arm, ProgrammeSettings, programme

never_returned = programme(
    ProgrammeSettings(
        name="never_returned",
        ko="한 번 산 고객의 두 번째 구매",
        en="A second order from those who never returned",
        value_ko="처음 사신 상품과 어울리는 상품과 혜택을 알려 드립니다.",
        value_en="What goes with the first purchase, and a benefit.",
        stage="reactivate",
        audience='in_segment(name="never_returned")',
        channels=("kakao", "email", "sms"),
        arms=(
            Arm(
                name="companion",
                share=0.5,
                cost=20,
                offer_ko="처음 사신 상품과 함께 쓰기 좋은 상품을 소개합니다.",
                offer_en="What goes well with the first purchase.",
            ),
            Arm(
                name="benefit",
                share=0.5,
                cost=20,
                offer_ko="두 번째 주문에 쓸 수 있는 혜택을 드립니다.",
                offer_en="A benefit for the second order.",
            ),
        ),
        holdout=0.2,
        goal="margin",
        horizon_days=60,
        cool_down_days=180,
        rank_by="",
    ),
    doc=__doc__,
    file=__file__,
)
