"""Apologise in person to those who were among the best a year ago and have drifted away.

Whom: the top fifth by sales of the year before the last one, now in the lower two fifths by recency (R110). What drove them off is
rarely the price, so that nobody starts with a discount.

Arms: a call by somebody who can decide against a written apology that names what was not right. Holdout 20 %, as the list is short.
"""

from dangol.core.declare import Arm, ProgrammeSettings, programme

fallen_angel = programme(
    ProgrammeSettings(
        name="fallen_angel",
        ko="멀어진 우수 고객에게 사과",
        en="Win fallen angels back",
        value_ko="불편하셨던 점을 듣고 바로잡아 드립니다.",
        value_en="Somebody listens to what went wrong and puts it right.",
        stage="reactivate",
        audience='in_segment(name="fallen_angel")',
        channels=("call", "kakao", "email"),
        arms=(
            Arm(
                name="call",
                share=0.5,
                cost=3000,
                offer_ko="담당자가 직접 전화해 불편하셨던 점을 듣고 해결해 드립니다.",
                offer_en="A call by somebody who can put things right.",
            ),
            Arm(
                name="letter",
                share=0.5,
                cost=20,
                offer_ko="그동안의 불편에 사과드리고 바뀐 점을 알려 드립니다. 할인은 없습니다.",
                offer_en="A written apology and what has changed since; no discount.",
            ),
        ),
        holdout=0.2,
        goal="margin",
        horizon_days=60,
        cool_down_days=180,
        rank_by="expected_margin_12m",
    ),
    doc=__doc__,
    file=__file__,
)
