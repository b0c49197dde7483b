"""Welcome customers after their first order, so that a second one follows.

Whom: one day of orders so far, the first at most 14 days ago: while the purchase is still fresh. Nobody is welcomed twice:
the cool-down is a year, and by then nobody counts as new.

Arms: tips for using what was bought against a coupon for the second order. Holdout 20 % as in small firms a week brings
few new customers; the effect is read from all runs together, since the same people stay held out.
"""

from dangol.core.declare import Arm, ProgrammeSettings, programme

welcome = programme(
    ProgrammeSettings(
        name="welcome",
        ko="첫 구매 환영",
        en="Welcome new customers",
        value_ko="구매하신 상품을 잘 쓰는 방법과 두 번째 구매 혜택을 알려 드립니다.",
        value_en="How to make the most of the first purchase, and a benefit for the second.",
        stage="onboard",
        audience='lifecycle_stage == "new" and tenure_days <= 14',
        channels=("kakao", "email", "sms"),
        arms=(
            Arm(
                name="tips",
                share=0.5,
                cost=20,
                offer_ko="구매하신 상품의 활용법과 관리 방법을 안내합니다.",
                offer_en="How to use and care for what was bought.",
            ),
            Arm(
                name="coupon",
                share=0.5,
                cost=20,
                offer_ko="한 달 안에 쓸 수 있는 두 번째 구매 쿠폰을 드립니다.",
                offer_en="A coupon for the second order, good for one month.",
            ),
        ),
        holdout=0.2,
        goal="order",
        horizon_days=60,
        cool_down_days=365,
        rank_by="",
    ),
    doc=__doc__,
    file=__file__,
)
