"""One comparable form for each way an e-mail address is written: typing slips, aliases of one mailbox, tags."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from dangol.identity.standard.distinct import Parts, filled, has, on_distinct, only, sub
from dangol.identity.standard.splitting import split_up

# Large providers of mailboxes, with other domains that lead to the same box.
SAME_BOX = {
    "hanmail.net": "daum.net", "googlemail.com": "gmail.com", "me.com": "icloud.com", "mac.com": "icloud.com",
    "ymail.com": "yahoo.com", "pm.me": "proton.me", "protonmail.com": "proton.me",
}  # fmt: skip
PROVIDERS = split_up("""
    naver.com gmail.com hanmail.net daum.net kakao.com nate.com yahoo.com yahoo.co.kr hotmail.com outlook.com outlook.kr
    icloud.com live.com dreamwiz.com empas.com korea.com lycos.co.kr paran.com hanmir.com chol.com freechal.com netian.com
    unitel.co.kr msn.com aol.com gmx.de gmx.net gmx.com web.de mail.ru yandex.ru qq.com 163.com 126.com proton.me mail.com
    email.com hey.com zoho.com fastmail.com comcast.net verizon.net att.net sbcglobal.net btinternet.com orange.fr wanadoo.fr
    free.fr libero.it hotmail.co.uk yahoo.co.uk yahoo.co.jp live.co.kr hotmail.fr yahoo.fr t-online.de kakao.co.kr naver.co.kr
""")
FREE_MAIL = frozenset(PROVIDERS) | frozenset(SAME_BOX)
# Where people's slips are looked for: the more mailboxes a provider has, the likelier a near domain is a slip.
MISTYPED = split_up("naver.com gmail.com hanmail.net daum.net kakao.com nate.com yahoo.com hotmail.com outlook.com icloud.com")
ENDINGS = {
    "com": split_up("con cmo ocm comm coom vom xom cim cpm cm om co c0m kom como conm com.kr comn"),
    "net": split_up("ner nett ne nte ent met ney nrt"),
}
KNOWN_SLIPS = {
    "hanmail.com": "hanmail.net", "daum.com": "daum.net", "naver.net": "naver.com", "gamil.com": "gmail.com",
    "gnail.com": "gmail.com", "gmaul.com": "gmail.com", "nabver.com": "naver.com", "mavr.com": "naver.com",
    "navet.com": "naver.com", "naber.com": "naver.com", "naever.com": "naver.com", "hanamil.net": "hanmail.net",
    "hotmil.com": "hotmail.com", "iclould.com": "icloud.com", "outlok.com": "outlook.com",
}  # fmt: skip
JUNK_DOMAINS = frozenset(split_up("test.com test.co.kr none.com no.com noemail.com nomail.com aaa.com abc.com a.com"))
JUNK_USERS = (
    "no|none|noemail|nomail|noreply|no-reply|donotreply|test|tester|unknown|null|na|nan|n/a|asdf|qwer|abc|aaa|abcd|1234|x|없음"
)
ADDRESS = r"^[^@\s<>()]+@[^@\s<>()]+\.[a-z]{2,}$"


def slips(domain: str) -> list[str]:
    """Domains one slip of the finger away: a letter left out, doubled, or two letters exchanged, or a wrong ending.

    The first letter is held to be right, and short names lose none: what remains may well exist.
    """
    label, _, ending = domain.partition(".")
    made = [each for each in mistyped(label) if each != label]
    return [f"{each}.{ending}" for each in made] + [f"{label}.{wrong}" for wrong in ENDINGS[ending]]


def mistyped(label: str) -> list[str]:
    """A name with one letter doubled, two exchanged or one left out; such as `gmial`."""
    made = [label[:at] + label[at] + label[at:] for at in range(len(label))]
    made += [label[:at] + label[at + 1] + label[at] + label[at + 2 :] for at in range(1, len(label) - 1)]
    made += [label[:at] + label[at + 1 :] for at in range(1, len(label))] if len(label) >= 5 else []
    return made


MENDED = {slip: domain for domain in MISTYPED for slip in slips(domain) if slip not in FREE_MAIL} | KNOWN_SLIPS


def read_emails(written: pa.Array) -> Parts:
    """`key` (the mailbox) and `user` (what stands before the @, letters and digits) of each written address."""
    text = pc.utf8_lower(pc.utf8_normalize(written, form="NFKC"))
    text = sub(sub(text, r"^.*<([^<>]*)>.*$", r"\1"), r"^mailto:|\s+|[.,;]+$|^['\"]|['\"]$")
    text = sub(sub(text, r"[,:;](com|net|co\.kr|kr)$", r".\1"), r"\.{2,}", ".")
    sides = pc.extract_regex(text, r"^(?P<user>[^@]+)@(?P<domain>[^@]+)$")
    domain = on_distinct(pc.struct_field(sides, "domain"), lambda each: {"domain": mended(each)})["domain"]
    # What follows a plus is a tag that the owner made up; Gmail does not see dots.
    user = sub(pc.struct_field(sides, "user"), r"^(.+?)\+.*$", r"\1")
    user = pc.if_else(pc.fill_null(pc.equal(domain, "gmail.com"), False), pc.replace_substring(user, ".", ""), user)
    key = pc.binary_join_element_wise(user, domain, "@")
    junk = has(user, f"^(?:{JUNK_USERS})$")
    good = pc.and_(has(key, ADDRESS), pc.invert(junk))
    return {"key": only(good, key), "user": filled(sub(only(good, user), r"[^\p{L}\p{N}]"))}


def mended(domains: pa.Array) -> pa.Array:
    """Domains as they were meant, one for those that lead to one mailbox; missing for made-up ones."""
    right = [MENDED.get(each, each) for each in domains.to_pylist()]
    return pa.array([None if each in JUNK_DOMAINS else SAME_BOX.get(each, each) for each in right], pa.string())


def domains_of(keys: pa.Array) -> pa.Array:
    """The domains of mailboxes as `read_emails` makes them."""
    return sub(keys, "^.*@")
