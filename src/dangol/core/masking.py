"""Names and addresses shown so that a person recognises his own, and nobody else's: 홍*동, 010-****-5678, ho***@example.com."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

STAR = "*"


def mask_name(name: str) -> str:
    """A name with its middle hidden; of two letters the second, of a name in words everything but the first letters."""
    words = name.split()
    if len(words) > 1:
        return " ".join(word[0] + STAR * (len(word) - 1) for word in words)
    inner = name.strip()
    if len(inner) < 3:
        return inner[:1] + STAR * max(len(inner) - 1, 1) if inner else ""
    return inner[0] + STAR * (len(inner) - 2) + inner[-1]


def mask_phone(phone: str) -> str:
    """A phone number with everything hidden but the first three and the last four digits."""
    count = len(re.findall(r"\d", phone))
    seen = 0

    def hidden(digit: re.Match[str]) -> str:
        nonlocal seen
        seen += 1
        shown = count >= 9 and (seen <= 3 or seen > count - 4)
        return digit.group() if shown else STAR

    return re.sub(r"\d", hidden, phone)


def mask_email(email: str) -> str:
    """An e-mail address with everything hidden but two letters and the domain; of a short one but one letter."""
    local, at, domain = email.strip().rpartition("@")
    if not at:
        return STAR * 3 if domain else ""
    return local[: 2 if len(local) > 3 else 1] + STAR * 3 + at + domain


def mask_address(address: str) -> str:
    """An address down to the city and district."""
    words = address.split()
    return " ".join([*words[:2], STAR * 3]) if len(words) > 2 else STAR * 3 if words else ""


MASKS: Mapping[str, Callable[[str], str]] = {
    "customer_name": mask_name,
    "given_name": mask_name,
    "family_name": mask_name,
    "phone": mask_phone,
    "email": mask_email,
    "address": mask_address,
}
