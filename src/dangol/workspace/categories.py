"""Categories of our own in words: lifecycle stages, choices of the tables, groups of reasons."""

from __future__ import annotations

import re
from functools import lru_cache

from dangol import features, predictions
from dangol.core.declare import Feature, Group, Output, Prediction
from dangol.core.tables import FACTS
from dangol.core.text import Language, translate
from dangol.core.text import to_translate as words
from dangol.workspace.registry import built_in

REASON, COLUMN = "reason:", "column:"
# Between the parts of a set, such as the channels that somebody used.
SEVERAL = " + "
# Between categories that belong together, and how that is written: sets, and lists in a sentence.
JOINTS = {" ||| ": ", ", SEVERAL: SEVERAL}
KNOWN = {
    "unseen": words("Not yet known"),
    "prospect": words("Prospect"),
    "new": words("New"),
    "active": words("Active"),
    "at_risk": words("At risk"),
    "lapsed": words("Lapsed"),
    "reactivated": words("Reactivated"),
    "reachable": words("Reachable"),
    "no_consent": words("No consent"),
    "unidentified": words("Unidentified"),
    "unknown": words("Unknown"),
    "given": words("Given by the customer"),
    "missing": words("Missing"),
    "store": words("Store"),
    "mall": words("Online mall"),
    "online": words("Online"),
    "Products Searched": words("Products searched"),
    "Product Viewed": words("Product viewed"),
    "Product Added": words("Put into the basket"),
    "Checkout Started": words("Checkout started"),
    "Order Completed": words("Order completed"),
    "price": words("Price"),
    "service": words("Service"),
    "loyalty": words("Loyalty"),
    "communication": words("Communication"),
    "mostly_discounted": words("Buys mostly at a discount"),
    "fewer_discounts": words("Discounts became rarer"),
    "slow_shipping": words("Shipped after three days or more"),
    "enquiry": words("Enquiry or complaint"),
    "unanswered_enquiry": words("Enquiry left unanswered"),
    "product_returned": words("Returned something"),
    "low_rating": words("Rated three stars or fewer"),
    "narrower_taste": words("Buys from fewer categories"),
    "one_order_only": words("One order only so far"),
    "points_expired": words("Points expired"),
    "nothing_opened": words("Opened none of our messages"),
    "unsubscribed": words("Unsubscribed"),
    "no_message": words("Got no message"),
    "order": words("Order"),
    "net_sales": words("Net sales"),
    "money": words("Money"),
    "number": words("Count or ratio"),
    "share": words("Percentage"),
    "days": words("Length in days"),
    "category": words("Category"),
    "brand": words("Brand"),
    "campaign": words("Campaign"),
    "keyword": words("Keyword"),
    "first_product": words("First product"),
    "first_category": words("First category"),
    "own_cost": words("Spent on it"),
    "average_cost": words("Company mean"),
    "margin": words("Margin"),
    "channel": words("Channel"),
    "visit": words("Web visit"),
    "acquire": words("Acquire"),
    "onboard": words("Onboard"),
    "grow": words("Grow"),
    "retain": words("Retain"),
    "reactivate": words("Reactivate"),
    "all": words("All"),
    "other": words("Other"),
    "from_contracts": words("Ends of contracts"),
    "from_list": words("List of who left"),
    "region": words("Region"),
    "value_tier": words("Value tier"),
    "lifecycle_stage": words("Lifecycle stage"),
    "acquisition_channel": words("Acquisition channel"),
    "main_channel": words("Main channel"),
    "main_category": words("Main category"),
    "main_store": words("Main store"),
    "saved": words("Saved segments"),
    "in_no_segment": words("In no saved segment"),
    "person": words("Person"),
    "household": words("Household"),
    "account": words("Account"),
    "top": words("Top of the tree"),
    "gender": words("Gender"),
    "birth_date": words("Date of birth"),
    "age_band": words("Age band"),
    "city": words("City"),
    "address": words("Address"),
    "phone": words("Phone"),
    "email": words("E-mail"),
    "occupation": words("Occupation"),
    "income_band": words("Income band"),
    "unit": words("Same address and unit"),
    "misspelt address": words("Same address, misspelt"),
    "postcode and unit": words("Same postcode and unit"),
    "landline": words("Same landline"),
    "shared mobile": words("Shared mobile phone"),
    "building": words("Same small building"),
    "same record": words("Same record"),
    "business number": words("Same business number"),
    "name and domain": words("Same name and domain"),
    "name and phone": words("Same name and telephone"),
    "name and address": words("Same name and address"),
    "similar name and domain": words("Similar name, same domain"),
    "similar name and phone": words("Similar name, same telephone"),
    "similar name and address": words("Similar name, same address"),
    "domain": words("Same domain"),
    "name and area": words("Same name and area"),
    "name": words("Same name"),
    "won": words("Won"),
    "open": words("Open"),
    "very_high": words("Very high"),
    "high": words("High"),
    "medium": words("Medium"),
    "low": words("Low"),
    "very_low": words("Very low"),
    "grown": words("Grown"),
    "shrunk": words("Shrunk"),
    "lost": words("Lost"),
    "unchanged": words("Unchanged"),
    "risen": words("Risen"),
    "fallen": words("Fallen"),
    "visit_to_known": words("Visitor to identified"),
    "known_to_cart": words("Identified to basket"),
    "cart_to_first": words("Basket to first order"),
    "first_to_second": words("First to second order"),
    "second_to_regular": words("Second to third (regular)"),
    "known_to_lead": words("Prospect to lead"),
    "lead_to_opportunity": words("Lead to opportunity"),
    "opportunity_to_won": words("Opportunity to won"),
    "known_to_first": words("Prospect to first order"),
    "lead_to_first": words("Lead to customer"),
    "regular_to_loyal": words("Third to fifth (loyal)"),
    "loyal_to_vip": words("Loyal to VIP"),
    "vip_to_advocate": words("VIP to advocate"),
    "year_before": words("Own, a year earlier"),
    "entered": words("Entered"),
    "no_benchmark": words("None yet"),
    "cart_reminder": words("Reminder of the cart"),
    "message": words("Message with news"),
    "first_order_benefit": words("Benefit on the first order"),
    "introduction": words("Introduction of the shop"),
    "sales_call": words("A call by sales"),
    "unprofitable": words("Unprofitable"),
    "keep_close": words("Keep close: first to know, own contact"),
    "sell_more": words("Sell more: next category, higher service"),
    "keep_cheaply": words("Keep at low cost"),
    "cut_cost": words("Cut the cost of serving"),
    "personal_call": words("Personal, by telephone"),
    "personal_message": words("Personal messages"),
    "self_service": words("Self-service"),
    "one_time": words("Bought once"),
    "repeat": words("Bought again"),
    "fallen_angel": words("Fallen angel: was among the best"),
    "never_returned": words("Bought once and never returned"),
    "reward_addict": words("Reward addict"),
    "conservative": words("Conservative: always the same"),
    "neither": words("None of these"),
    "personal_apology": words("Ask personally what went wrong"),
    "second_order_reason": words("A reason for the second order"),
    "service_not_discount": words("Service in place of discounts"),
    "try_something_new": words("A sample of something new"),
    "usual_thanks": words("The usual thanks"),
    "orders": words("Orders"),
    "new_customers": words("New customers"),
    "returned_lines": words("Returns"),
    "low_ratings": words("Ratings of two stars or fewer"),
    "enquiries": words("Enquiries"),
    "unsubscribes": words("Unsubscribes"),
    "web_events": words("Events on the site"),
    "opens_of_100": words("Opens of 100 messages sent"),
    "message_click": words("Click after a message"),
    "message_order": words("Order after a message"),
    "second_order": words("Second order after the first"),
    "message_by_stage": words("Order after a message, by stage"),
    "return_by_stage": words("Next order, by stage"),
    "return_by_channel": words("Next order, by channel of the order"),
    "see_what_returns": words("See which products come back and why"),
    "read_ratings": words("Read the ratings and make good"),
    "answer_enquiries": words("Answer enquiries before anything else"),
    "write_less": words("Write less often, or to fewer"),
    "find_what_helped": words("Find out what helped, and do more of it"),
    "call_leaving": words("Call those who are leaving"),
    "check_channels": words("Check spend and pages of each channel"),
    "check_offers": words("Check discounts and what is in stock"),
    "check_messages": words("Check subject lines and delivery"),
    "check_site": words("Check that the site and its measuring work"),
    "buyers_now": words("Customers who bought in the last period"),
    "target": words("Customers aimed at"),
    "will_leave": words("Expected to leave"),
    "will_return": words("Expected to return"),
    "new_needed": words("New customers needed"),
    "instead_return": words("The same by winning back"),
    "historic": words("Margin so far"),
    "formula": words("Direct formula"),
    "predicted": words("Predicted, 12 months"),
    "predicted_ahead": words("Predicted, long window"),
    "billed": words("Fees so far"),
    "lifetime_value": words("Lifetime value"),
    "sales_per_customer": words("Sales per customer, a year"),
    "orders_per_customer": words("Orders per customer, a year"),
    "average_order_value": words("Average order value"),
    "repeat_share": words("Share who buy again"),
    "acquisition_cost": words("Acquisition cost"),
    "market_total": words("Part of the market"),
    "market": words("Market"),
    "stage": words("Lifecycle stage"),
    "customer": words("Customer"),
    "survey": words("Survey"),
    "sales": words("Net sales"),
    "value": words("Expected margin"),
    "told_by_customer": words("Told by the customer"),
    "tenure_short": words("Less than a quarter"),
    "tenure_middle": words("Less than a year"),
    "tenure_long": words("A year or more"),
    "treated": words("Message"),
    "value_to_cost": words("Value of new customers over their cost, times"),
    "mail_gained": words("New customers who may be e-mailed"),
    "one_off": words("Came by an offer and never again"),
    "new_category": words("Existing customers who bought a new category"),
    "referred": words("New customers by referral"),
    "vip_engaged": words("Best fifth who opened, clicked or visited"),
    "unanswered": words("Conversations not settled in 7 days"),
    "winning_back_cost": words("Cost of winning back over that of a new customer, times"),
    "more": words("More"),
    "less": words("Less"),
}
ABBREVIATIONS = {"sms": "SMS", "nps": "NPS", "pos": "POS", "email": "E-mail", "kakao": "KakaoTalk"}
HANGUL = re.compile("[가-힣]")
# the first Korean spelling that intake understands is also the one to show
CHOICES = {
    value: next((each for each in spellings if HANGUL.search(each)), value)
    for table in FACTS.values()
    for column in table.columns
    for value, spellings in column.choices.items()
}


def category_words(value: object, language: Language) -> str:
    """A category of our own (a lifecycle stage and the like) in words; others as they are."""
    if not isinstance(value, str):
        return str(value)
    if value in KNOWN:
        return translate(KNOWN[value], language)
    if value.startswith((REASON, COLUMN)):
        return declared_words(value, language)
    for joint, written in JOINTS.items():
        if joint in value:
            return written.join(category_words(each, language) for each in value.split(joint))
    if value not in CHOICES:
        return value
    return CHOICES[value] if language == "ko" else ABBREVIATIONS.get(value, value.replace("_", " ").capitalize())


def declared_words(value: str, language: Language) -> str:
    """A group of reasons or a column of the profile, by its declared title."""
    name = value.partition(":")[2]
    found = reason_groups().get(name) if value.startswith(REASON) else profile_columns().get(name)
    return found.title(language) if found else name


@lru_cache(maxsize=1)
def predictions_made() -> list[Prediction]:
    """All built-in predictions."""
    return [each for each in built_in(predictions) if isinstance(each, Prediction)]


@lru_cache(maxsize=1)
def reason_groups() -> dict[str, Group]:
    """The groups of reasons of all built-in predictions."""
    return {name: group for each in predictions_made() for name, group in each.model.groups.items()}


@lru_cache(maxsize=1)
def profile_columns() -> dict[str, Output]:
    """The columns of all built-in features and predictions."""
    found: list[Feature | Prediction] = [each for each in built_in(features) if isinstance(each, Feature)]
    found += predictions_made()
    return {name: output for each in found for name, output in each.outputs.items()}
