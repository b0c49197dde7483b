"""Ready-made propensities: first, second and next orders, messages and visits."""

from dangol.core.declare import PropensitySettings
from dangol.predictions.propensity import propensity

BUYERS = "order_count >= 1"

second_order = propensity(
    PropensitySettings(
        name="second_order", ko="두 번째 구매 가능성(90일)", en="Second order within 90 days",
        population="order_count == 1", window=90,
    ),
    doc="How likely a customer with exactly one order is to order again within 90 days.",
    file=__file__,
)  # fmt: skip

repurchase_30 = propensity(
    PropensitySettings(name="repurchase_30", ko="재구매 가능성(30일)", en="Order within 30 days", population=BUYERS, window=30),
    doc="How likely a customer who has ordered before is to order within 30 days.",
    file=__file__,
)

repurchase_90 = propensity(
    PropensitySettings(name="repurchase_90", ko="재구매 가능성(90일)", en="Order within 90 days", population=BUYERS, window=90),
    doc="How likely a customer who has ordered before is to order within 90 days.",
    file=__file__,
)

first_order = propensity(
    PropensitySettings(
        name="first_order", ko="첫 구매 가능성(30일)", en="First order within 30 days",
        population="missing(order_count) and (event_count_90 >= 1 or message_count_90 >= 1)", window=30,
    ),
    doc="""How likely a prospect is to order for the first time within 30 days.

    Prospects are people whom the company knows and who never ordered. Only those who visited or were written to within the last
    90 days get a score: of the others nothing is known that would tell them apart.""",
    file=__file__,
)  # fmt: skip

email_open = propensity(
    PropensitySettings(
        name="email_open", ko="이메일 오픈 가능성(30일)", en="Opens an email within 30 days",
        population="message_count_90 >= 1", event="opened", which="email",
    ),
    doc="How likely somebody we wrote to within 90 days is to open an email within the next 30 days, if sent as many.",
    file=__file__, active=False,
)  # fmt: skip

email_click = propensity(
    PropensitySettings(
        name="email_click", ko="이메일 클릭 가능성(30일)", en="Clicks in an email within 30 days",
        population="message_count_90 >= 1", event="clicked", which="email",
    ),
    doc="How likely somebody we wrote to within 90 days is to click in an email within the next 30 days, if sent as many.",
    file=__file__, active=False,
)  # fmt: skip

visit = propensity(
    PropensitySettings(
        name="visit", ko="방문 가능성(30일)", en="Visits within 30 days", population="event_count_90 >= 1", event="visit",
    ),
    doc="How likely somebody who visited within the last 90 days is to visit the web or the app within the next 30 days.",
    file=__file__, active=False,
)  # fmt: skip
