"""Let those who always buy the same try something new.

Whom: at least three orders, all of one category, and not for rewards only (R110). More points on what they buy anyway change nothing.

Arms: a sample of a neighbouring category against what others buy together with theirs.
"""

from dangol.core.declare import Arm, ProgrammeSettings, programme

conservative = programme(
    ProgrammeSettings(
        name="conservative",
        ko="늘 같은 것만 사는 고객에게 새 제안",
        en="Something new for conservative customers",
        value_ko="늘 사시던 상품과 어울리는 새 상품을 써 보실 수 있습니다.",
        value_en="A chance to try what goes with the usual purchase.",
        stage="grow",
        audience='in_segment(name="conservative")',
        channels=("kakao", "email", "sms"),
        arms=(
            Arm(
                name="sample",
                share=0.5,
                cost=500,
                offer_ko="다음 주문에 다른 카테고리의 체험 상품을 넣어 드립니다.",
                offer_en="A sample of another category with the next order.",
            ),
            Arm(
                name="companion",
                share=0.5,
                cost=20,
                offer_ko="같은 상품을 사신 분들이 함께 구매한 상품을 소개합니다.",
                offer_en="What others buy together with the usual purchase.",
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
