"""Bring back customers who used to buy and have gone quiet, the most valuable first.

Whom: lapsed by the company's own lapse point, at least two orders (one-time buyers lapse for other reasons), the last
order within two years, because older addresses and consents mostly fail.

Arms: a plain reminder against a coupon, half and half, because most firms do not know whether their discount buys
anything that a reminder would not. Only the message counts as contact cost; a discount given shows up in the margin.

Holdout 20 %, twice the usual: win-back lists are short. With 1,000 customers and 5 % returning anyway, 200 held out
detect an effect of about 5 points, 100 held out only one of 6.5. Raise it for lists below 500 until the first verdict.
"""

from dangol.core.declare import Arm, ProgrammeSettings, programme

win_back = programme(
    ProgrammeSettings(
        name="win_back",
        ko="휴면 고객 재방문",
        en="Win back lapsed customers",
        value_ko="자주 사시던 상품의 소식과 다시 들를 이유를 드립니다.",
        value_en="News of what they used to buy, and a reason to come back.",
        stage="reactivate",
        audience='lifecycle_stage == "lapsed" and order_count >= 2 and recency_days <= 730',
        channels=("kakao", "sms", "email"),
        arms=(
            Arm(
                name="reminder",
                share=0.5,
                cost=20,
                offer_ko="요즘 들어온 상품을 골라 소개합니다. 할인은 없습니다.",
                offer_en="A pick of what is new; no discount.",
            ),
            Arm(
                name="coupon",
                share=0.5,
                cost=20,
                offer_ko="다시 오시는 첫 주문에 쓸 수 있는 10% 할인 쿠폰을 드립니다.",
                offer_en="A coupon of 10 % for the first order back.",
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
