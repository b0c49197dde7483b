"""A file for advertising platforms: e-mail addresses and phone numbers as SHA-256, in Google Customer Match's columns."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from pathlib import Path

import pyarrow.compute as pc

from dangol.core.cleared import Cleared, require_cleared
from dangol.core.declare import Delivered, Parcel, destination, write_whole

HEADER = ("Email", "Phone")
ALREADY_HASHED = re.compile(r"[0-9a-fA-F]{64}")
ADDRESS = re.compile(r"[^@]+@\.*[^@.]+\.[^@]*[^@.]\.*")  # something, a sign, something with a dot inside
GMAIL = ("gmail.com", "googlemail.com")
KOREA = "82"


@destination(ko="광고 플랫폼용 해시 파일", en="Hashed file for ad platforms", name="hashed_file")
def hashed_file(cleared: Cleared, parcel: Parcel, folder: Path) -> tuple[Delivered, ...]:
    """Customers for an advertising platform to recognise, without their addresses being readable.

    Format: Google Ads Help 7659867, read 2026: headers in English, SHA-256 in small hexadecimal letters over the e-mail
    address in small letters without spaces and over the phone number as E.164 with "+". Nothing is escaped, a machine
    reads it. Customers without a usable address are left out; each pair of hashes is there once.

    Raises:
        ConsentError: anything but cleared customers was handed over.
    """
    contacts = parcel.contacts
    allowed = pc.is_in(contacts["customer_id"], value_set=require_cleared(cleared).rows["customer_id"])
    mine = contacts.filter(allowed)
    nothing = [None] * mine.num_rows
    emails, phones = (mine[name].to_pylist() if name in mine.column_names else nothing for name in ("email", "phone"))
    pairs = {
        (hashed(normal_email(email or "")), hashed(normal_phone(phone or "")))
        for email, phone in zip(emails, phones, strict=True)
    }
    # sorted by hash: the order tells nothing about the customers
    rows = sorted(pairs - {("", "")})
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([HEADER, *rows])
    return (write_whole(folder / f"{parcel.name}.hashed.csv", text.getvalue().encode(), len(rows)),)


def hashed(value: str) -> str:
    """SHA-256 in small hexadecimal letters; what is hashed already passes, what is empty stays empty."""
    if not value or ALREADY_HASHED.fullmatch(value):
        return value.lower()
    return hashlib.sha256(value.encode()).hexdigest()


def normal_email(text: str, *, gmail_dots: bool = True) -> str:
    """An e-mail address in small letters without spaces; empty when it is none.

    Args:
        text: as written down.
        gmail_dots: keep the dots before @gmail.com; Google's Data Manager API wants them removed, its file upload does not.
    """
    plain = re.sub(r"\s", "", text).lower()
    if ALREADY_HASHED.fullmatch(plain):
        return plain
    if not ADDRESS.fullmatch(plain):
        return ""
    local, _, domain = plain.partition("@")
    return f"{local.replace('.', '')}@{domain}" if domain in GMAIL and not gmail_dots else plain


def normal_phone(text: str, country: str = KOREA) -> str:
    """A phone number as E.164 with "+"; empty when it is none.

    Numbers without a country are the given one's; in Korea a mobile number whose leading 0 a spreadsheet has eaten is
    still one.
    """
    plain = text.strip()
    if ALREADY_HASHED.fullmatch(plain):
        return plain.lower()
    if re.search(r"[^\d\s().+\-‐–/]", plain):
        return ""
    digits = re.sub(r"\D", "", plain)
    if plain.startswith("+"):
        return international(digits.removeprefix("00"))
    return international(with_country(digits, country))


def with_country(digits: str, country: str) -> str:
    """Digits as dialled from home or from abroad, with their country in front; empty when they are no phone number."""
    if digits.startswith(f"00{country}"):
        return digits.removeprefix("00")
    if digits.startswith("0"):
        return country + digits[1:]
    if digits.startswith(country) and len(digits) > 10:
        return digits
    return country + digits if re.fullmatch(r"1[016789]\d{7,8}", digits) else ""


def international(digits: str) -> str:
    """Digits with their country as E.164, a trunk 0 after Korea's code taken out; empty when the length is impossible."""
    if digits.startswith(KOREA):
        digits = KOREA + digits.removeprefix(KOREA).removeprefix("0")
    shortest, longest = (10, 13) if digits.startswith(KOREA) else (8, 15)
    return f"+{digits}" if shortest <= len(digits) <= longest and not digits.startswith("0") else ""
