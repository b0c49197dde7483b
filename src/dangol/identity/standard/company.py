"""One comparable form for each way a company is written: (주)이랜텍, 이랜텍 주식회사 and 이랜텍 구매팀 are one."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from dangol.identity.standard.address import read_addresses
from dangol.identity.standard.country import are_korean, countries
from dangol.identity.standard.distinct import Parts, filled, has, on_distinct, only, sub, text_of
from dangol.identity.standard.email import FREE_MAIL, JUNK_DOMAINS, domains_of, read_emails
from dangol.identity.standard.phone import read_phones
from dangol.identity.standard.roman import folded
from dangol.identity.standard.splitting import split_up

# Forms of companies and foundations; the second and third are what a form that cut the first bracket or the last left over.
KOREAN_FORM = (
    r"\((?:주|유|재|사|합|학|의)\)|^(?:주|유|재|사)\)|\((?:주|유|재|사)$|주식\s*회사|유한\s*책임\s*회사|유한\s*회사|합자\s*회사|합명\s*회사|"
    r"재단\s*법인|사단\s*법인|농업회사\s*법인|영농조합\s*법인|의료\s*법인|학교\s*법인|사회복지\s*법인"
)
ENGLISH_FORM = (
    r"(?:[\s,]+(?:co|company|corp|corporation|inc|incorporated|ltd|limited|llc|llp|plc|gmbh|ag|kg|bv|nv|pte|pty|kk|oy|ab|srl|spa)\b\.?)"
    r"+\s*$"
)
# What follows a blank and ends so is a place or a desk of the company, not the company.
BRANCH = (
    r"\s+\S*(?:지사|지점|본사|본점|본부|부서|팀|영업소|사업부|사업장|사업소|공장|연구소|출장소|대리점|직영점|구매부|총무부|영업부|경영지원실|지원실)$"
    r"|[\s,-]+(?:head office|headquarters|hq|branch|plant|purchasing|procurement)(?: (?:team|department|dept))?$"
)
# A fund of the second issue is not the fund of the third.
ISSUE = "([일이삼사오육칠팔구십])(호|차|신|기|회)"
DIGIT = dict(zip("일이삼사오육칠팔구십", ("1", "2", "3", "4", "5", "6", "7", "8", "9", "10"), strict=True))
WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)
JUNK_NUMBERS = ("1234567890", "1234567891", "0123456789", *(str(digit) * 10 for digit in range(10)))


def is_business_number(digits: str) -> bool:
    """Whether ten digits are a Korean business registration number by their check digit (National Tax Service).

    Each of the first nine digits is weighted 1, 3, 7, 1, 3, 7, 1, 3, 5; the tens of the ninth product are added once more.
    """
    if len(digits) != 10 or not digits.isascii() or not digits.isdigit():
        return False
    numbers = [int(digit) for digit in digits]
    total = sum(weight * number for weight, number in zip(WEIGHTS, numbers, strict=False)) + numbers[8] * 5 // 10
    return (10 - total % 10) % 10 == numbers[9]


def standard_companies(records: pa.Table) -> pa.Table:
    """Name, number, domain, phone and address of each company record in a form that can be compared.

    Args:
        records: any of account_name, business_number, phone, email, domain, website, address, city, region, country.

    Returns:
        As many rows in the same order: company_key, company_words (with blanks between), company_roman (folded Latin spelling),
        company_issue (numbers in the name), business_key (ten digits), business_valid (whether its check digit is right),
        domain_key (the company's own, never a free mailbox's), phone_key, address_key, address_area.
    """
    columns = ("account_name", "business_number", "phone", "email", "domain", "website", "address", "city", "region", "country")
    text = {name: text_of(records, name) for name in columns}
    country = countries(text["country"])
    korean = are_korean(text, country, hangul=("account_name", "address", "city", "region"))
    places = read_addresses(text["address"], text["city"], text["region"])
    found = read_companies(text["account_name"]) | read_business_numbers(text["business_number"])
    found["domain_key"] = own_domains(text["domain"], text["website"], text["email"])
    found["phone_key"] = read_phones(text["phone"], korean, country)["key"]
    found |= {"address_key": places["key"], "address_area": places["area"]}
    return pa.table(found)


def read_companies(written: pa.Array) -> Parts:
    """`company_key`, `company_words`, `company_roman` and `company_issue` of each written company name."""
    return on_distinct(written, companies)


def companies(written: pa.Array) -> Parts:
    """The same for distinct values."""
    text = pc.utf8_trim_whitespace(pc.utf8_lower(pc.utf8_normalize(written, form="NFKC")))
    text = pc.utf8_trim_whitespace(sub(text, KOREAN_FORM, " "))
    text = sub(text, ENGLISH_FORM)
    shorter = pc.utf8_trim_whitespace(sub(text, BRANCH))
    text = pc.if_else(pc.greater_equal(pc.utf8_length(shorter), 2), shorter, text)
    spelt = sub(sub(text, "&", " and "), r"['’.]")
    parted = pc.utf8_trim(sub(only(pc.invert(has(text, "[가-힣]")), spelt), r"[^\p{L}\p{N}]+", " "), characters=" ")
    key = filled(sub(text, r"[^\p{L}\p{N}]"))
    roman = pa.array([None if each is None else folded(each) or None for each in key.to_pylist()], pa.string())
    return {"company_key": key, "company_words": filled(parted), "company_roman": roman, "company_issue": issues(key)}


def issues(key: pa.Array) -> pa.Array:
    """The numbers in each name in order, those of issues in words included; empty where there are none."""
    for word, digit in DIGIT.items():
        key = sub(key, f"{word}(호|차|신|기|회)", rf"{digit}\1")
    return pc.utf8_trim(sub(key, r"\D+", " "), characters=" ")


def read_business_numbers(written: pa.Array) -> Parts:
    """`business_key` and `business_valid` of each written business number; made-up numbers are missing."""
    digits = sub(pc.utf8_normalize(written, form="NFKC"), r"\.0+$|[^0-9]")
    digits = only(has(digits, r"^\d{10}$"), digits)
    digits = only(pc.invert(pc.is_in(digits, value_set=pa.array(JUNK_NUMBERS))), digits)
    valid = pa.array([None if each is None else is_business_number(each) for each in digits.to_pylist()], pa.bool_())
    return {"business_key": digits, "business_valid": valid}


def own_domains(domain: pa.Array, website: pa.Array, email: pa.Array) -> pa.Array:
    """The domain of each company: of its own, its site's or its mailbox's; free mailboxes and social pages are nobody's."""
    mailbox = domains_of(read_emails(email)["key"])
    written = pc.coalesce(pc.utf8_lower(domain), pc.utf8_lower(website), mailbox)
    host = sub(sub(written, r"^[a-z]+://|^.*@"), r"^(?:www|m|mail|shop|store)\.|[/:?].*$|\s")
    host = only(has(host, r"^[^\s@]+\.[a-z]{2,}$"), host)
    return only(pc.invert(pc.is_in(host, value_set=pa.array(sorted(FREE_MAIL | JUNK_DOMAINS | SHARED_SITES)))), host)


# Sites that many companies have a page on.
SHARED_SITES = frozenset(
    split_up("""
    facebook.com instagram.com smartstore.naver.com blog.naver.com cafe.naver.com linkedin.com twitter.com modoo.at
    youtube.com wixsite.com tistory.com notion.site x.com
    """)
)
