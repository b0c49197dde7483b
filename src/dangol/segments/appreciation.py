"""Four kinds of customers whom a thank-you of one form would miss (R110); each has a programme of its name.

Everybody is in one of them at most, in this order: fallen angel, never returned, reward addict, conservative.
"""

from dangol.core.declare import SegmentSettings, segment

fallen_angel = segment(
    SegmentSettings(
        name="fallen_angel",
        ko="멀어진 우수 고객",
        en="Fallen angels",
        rule="order_count >= 1 and best_year_before and recency_score <= 2",
    ),
    doc="The top fifth by sales of the year before the last one, now in the lower two fifths by recency.",
    file=__file__,
)

never_returned = segment(
    SegmentSettings(
        name="never_returned",
        ko="한 번 사고 돌아오지 않은 고객",
        en="Never returned",
        rule='order_count == 1 and lifecycle_stage == "lapsed" and not in_segment(name="fallen_angel")',
    ),
    doc="One order, and silent beyond the lapse point.",
    file=__file__,
)

reward_addict = segment(
    SegmentSettings(
        name="reward_addict",
        ko="혜택만 찾는 고객",
        en="Reward addicts",
        rule='order_count >= 3 and mostly_rewarded and not in_segment(name="fallen_angel")',
    ),
    doc="At least three orders, half of them with a coupon, or nine of ten products discounted.",
    file=__file__,
)

conservative = segment(
    SegmentSettings(
        name="conservative",
        ko="늘 같은 것만 사는 고객",
        en="Conservative customers",
        rule=(
            "order_count >= 3 and category_count == 1 "
            'and not in_segment(name="reward_addict") and not in_segment(name="fallen_angel")'
        ),
    ),
    doc="At least three orders, all of one category, and not for rewards only.",
    file=__file__,
)
