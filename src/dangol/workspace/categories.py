"""Categories of our own in words: lifecycle stages, choices of the tables, groups of reasons."""

from __future__ import annotations

import re
from functools import lru_cache

from dangol import predictions
from dangol.core.declare import Group, Prediction
from dangol.core.tables import FACTS
from dangol.core.text import Language, translate
from dangol.core.text import to_translate as words
from dangol.workspace.registry import built_in

REASON = "reason:"
# Between the parts of a set, such as the channels that somebody used.
SEVERAL = " + "
KNOWN = {
    "prospect": words("Prospect"),
    "new": words("New"),
    "active": words("Active"),
    "at_risk": words("At risk"),
    "lapsed": words("Lapsed"),
    "reactivated": words("Reactivated"),
    "not_yet": words("Not yet a customer"),
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
    "order": words("Order"),
    "net_sales": words("Net sales"),
    "margin": words("Margin"),
    "acquire": words("Acquire"),
    "onboard": words("Onboard"),
    "grow": words("Grow"),
    "retain": words("Retain"),
    "reactivate": words("Reactivate"),
    "all": words("All"),
    "other": words("Other"),
    "region": words("Region"),
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
    "cart_reminder": words("Reminder of the cart"),
    "message": words("Message with news"),
    "first_order_benefit": words("Benefit on the first order"),
    "introduction": words("Introduction of the shop"),
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
    if value.startswith(REASON):
        group = reason_groups().get(value.removeprefix(REASON))
        return group.title(language) if group else value.removeprefix(REASON)
    if SEVERAL in value:
        return SEVERAL.join(category_words(each, language) for each in value.split(SEVERAL))
    if value not in CHOICES:
        return value
    return CHOICES[value] if language == "ko" else ABBREVIATIONS.get(value, value.replace("_", " ").capitalize())


@lru_cache(maxsize=1)
def reason_groups() -> dict[str, Group]:
    """The groups of reasons of all built-in predictions."""
    made = [each for each in built_in(predictions) if isinstance(each, Prediction)]
    return {name: group for each in made for name, group in each.model.groups.items()}
