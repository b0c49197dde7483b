"""Invented records of invented Koreans in five systems, any number of them, with the truth beside them.

People live in homes and share an address, sometimes a phone; couples keep their own surnames. Systems write the same person in
their own way: phones in six forms, spreadsheets' lost zero, safe numbers of marketplaces, masked and romanised names, spaces and
titles in names, wrong vowels, old numbers, former homes, birthdays without year, whole columns that a system does not ask for.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dangol.simulate import words
from dangol.simulate.column import digits, either, joined, nothing, picked

FIRST = (
    "가강건경고관광교구권규근금기길나남노다대덕도동라래량로루리만명모무문미민배백범병보복봉상서석선설성세"
    "소솔송수숙순승시신아안애양여연영예오옥완용우운원유윤은의이인일자장재전정제조종주준중지진찬창채천철청"
    "초춘충치태평하한해향현형혜호홍화환효훈휘희"
)
SECOND = (
    "건경곤관광구국권규균근기길나남녀늘담덕도동라란람래련렬령례록룡루률름리린림만명모목무문미민배백범별병"
    "복봉비빈상서석선설섭성세소솔송수숙순슬승식신아안애양억언연열영예옥완용우욱운웅원월유윤율은을음의이익"
    "인일자재전정제조종주준중지직진찬창채천철춘태택평필하학한해향헌혁현형혜호홍화환회효후훈휘흠희"
)
SYSTEMS = ("web", "pos", "marketplace", "callcenter", "event")
# Which system asks for what: name, phone, mail, birth, gender, address.
ASKED = np.array([
    [1.0, 0.97, 0.97, 0.55, 0.8, 0.85],
    [0.99, 0.95, 0.2, 0.4, 0.6, 0.15],
    [1.0, 0.95, 0.1, 0.15, 0.1, 0.95],
    [0.97, 0.98, 0.2, 0.3, 0.5, 0.35],
    [0.99, 0.9, 0.7, 0.6, 0.5, 0.45],
])  # fmt: skip
START = np.datetime64("1945-01-01")
DAYS = 23_000


def records(count: int, seed: int = 7) -> tuple[pa.Table, np.ndarray]:
    """About so many records of about 0.46 as many people; the table, and the person of each record."""
    rng = np.random.default_rng(seed)
    people = int(count * 0.46)
    home = np.sort(rng.integers(0, int(people / 2.2), people))
    child = np.append(False, home[1:] == home[:-1]) & (rng.random(people) < 0.6)
    owner = np.maximum.accumulate(np.where(child, 0, np.arange(people)))
    surname = surnames(rng, people)[owner]
    first, second = zipf(rng, len(FIRST), people), zipf(rng, len(SECOND), people)
    mobile = rng.permutation(80_000_000)[:people] + 20_000_000
    mobile = np.where(child & (rng.random(people) < 0.12), mobile[owner], mobile)
    born = rng.integers(0, DAYS, people)
    who = np.repeat(np.arange(people), np.minimum(rng.geometric(0.46, people), 12))
    who = rng.permutation(who)[:count]
    return written(rng, who, (surname, first, second, mobile, born, home)), who


def surnames(rng: np.random.Generator, many: int) -> np.ndarray:
    """Places in the list of surnames, by their share."""
    share = np.array(list(words.SURNAMES.values()), dtype=np.float64)
    return rng.choice(len(share), many, p=share / share.sum())


def zipf(rng: np.random.Generator, choices: int, many: int) -> np.ndarray:
    """Places in a list of syllables, some far commoner than others."""
    weight = 1.0 / (np.arange(choices) + 8.0)
    return rng.permutation(choices)[rng.choice(choices, many, p=weight / weight.sum())]


def written(rng: np.random.Generator, who: np.ndarray, truth: tuple[np.ndarray, ...]) -> pa.Table:
    """The records as the systems wrote them."""
    surname, first, second, mobile, born, home = (column[who] for column in truth)
    many = len(who)
    system = rng.choice(len(SYSTEMS), many, p=[0.3, 0.3, 0.2, 0.1, 0.1])
    asked = rng.random((many, 6)) < ASKED[system]
    return pa.table({
        "system": picked(system, SYSTEMS),
        "customer_ref": joined("R", digits(np.arange(many), 8)),
        "customer_name": nothing(~asked[:, 0], names(rng, surname, first, second, system)),
        "phone": nothing(~asked[:, 1], phones(rng, mobile, system)),
        "email": nothing(~asked[:, 2], mails(rng, who)),
        "birth_date": nothing(~asked[:, 3], births(rng, born)),
        "gender": nothing(~asked[:, 4], picked((who * 7919 % 2 + (rng.random(many) < 0.01)) % 2, ("F", "M"))),
        "address": nothing(~asked[:, 5], addresses(rng, home, who)),
    })  # fmt: skip


def names(rng: np.random.Generator, surname: np.ndarray, first: np.ndarray, second: np.ndarray, system: np.ndarray) -> pa.Array:
    """Names with slips, masks, spaces and titles."""
    many, draw = len(surname), rng.random(len(surname))
    second = np.where(draw < 0.03, (second + rng.integers(1, 9, many)) % len(SECOND), second)
    family, one, two = picked(surname, list(words.SURNAMES)), picked(first, tuple(FIRST)), picked(second, tuple(SECOND))
    plain = joined(family, one, two)
    masked = pa.array((system == 2) & (rng.random(many) < 0.3))
    spaced, titled = pa.array((draw > 0.93) & (draw < 0.96)), pa.array(draw > 0.97)
    result = pc.if_else(spaced, joined(family, one, two, by=" "), plain)
    result = pc.if_else(titled, joined(plain, "님"), result)
    return pc.if_else(masked, joined(family, "*", two), result)


def phones(rng: np.random.Generator, mobile: np.ndarray, system: np.ndarray) -> pa.Array:
    """Phones in several forms; old, safe and mistyped numbers."""
    many, draw = len(mobile), rng.random(len(mobile))
    number = np.where(draw < 0.06, rng.integers(20_000_000, 99_999_999, many), mobile)
    number = np.where((draw > 0.06) & (draw < 0.07), number + 10 ** rng.integers(0, 4, many), number)
    safe = pa.array((system == 2) & (rng.random(many) < 0.35))
    middle, end = digits(number // 10_000, 4), digits(number % 10_000, 4)
    forms = [
        joined("010", middle, end, by="-"), joined("010", middle, end), joined("+82 10", middle, end, by="-"),
        joined("10", middle, end), joined("010", middle, end, by="."), joined("+8210", middle, end),
    ]  # fmt: skip
    plain = pc.choose(pa.array(rng.choice(6, many, p=[0.4, 0.3, 0.1, 0.05, 0.05, 0.1])), *forms)
    virtual = joined("0504", digits(rng.integers(1000, 9999, many), 4), digits(rng.integers(0, 9999, many), 4), by="-")
    return pc.if_else(safe, virtual, plain)


def mails(rng: np.random.Generator, who: np.ndarray) -> pa.Array:
    """Mail addresses; some people have two, some mistype."""
    many = len(who)
    account = (who + np.where(rng.random(many) < 0.06, 600_000_000, 0)) * 15_485_863 % 1_000_000_007
    slip = np.where(rng.random(many) < 0.02, (account + 3) % 1_000_000_007, account)
    word = picked(account % len(words.MAIL_WORDS), words.MAIL_WORDS)
    return joined(word, digits(slip), "@", picked(account % len(words.MAIL_DOMAINS), words.MAIL_DOMAINS))


def births(rng: np.random.Generator, born: np.ndarray) -> pa.Array:
    """Birth dates in three forms, some wrong."""
    wrong = rng.random(len(born)) < 0.02
    days = pa.array(START + np.where(wrong, (born + 31) % DAYS, born).astype("timedelta64[D]"))
    forms = [pc.strftime(days, form) for form in ("%Y-%m-%d", "%Y%m%d", "%Y.%m.%d")]
    return pc.choose(pa.array(rng.integers(0, 3, len(born))), *forms)


def addresses(rng: np.random.Generator, home: np.ndarray, who: np.ndarray) -> pa.Array:
    """Homes, some of them former ones, written in two ways."""
    moved = (rng.random(len(home)) < 0.1) & (who % 5 == 0)
    home = np.where(moved, home + 700_000_000, home).astype(np.int64)
    mixed = home * 2_654_435_761 % 4_294_967_296
    place = mixed % len(words.PLACES)
    region, city = (picked(place, [each[part] for each in words.PLACES]) for part in range(2))
    road = picked(mixed // 64 % len(words.ROADS), words.ROADS)
    street = joined(region, city, road, digits(mixed // 4096 % 400 + 1), by=" ")
    building, door = digits(mixed // 1_000_000 % 20 + 101), digits(mixed // 30_000_000 % 100 * 100 + 101 + home % 20)
    written = either(rng.random(len(home)) < 0.5, joined(building, "동 ", door, "호"), joined(building, door, by="-"))
    return joined(street, written, by=" ")
