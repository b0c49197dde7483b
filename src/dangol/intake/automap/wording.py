"""Why a header was read as it was, in words for the person who has to trust it."""

from __future__ import annotations

from collections.abc import Mapping

from dangol.core.text import Text
from dangol.intake.automap.evidence import Why
from dangol.intake.automap.proposal import Status

WHY: Mapping[Why, Text] = {
    "known": Text("알려진 머리글", "known header"),
    "known_values": Text("머리글과 값이 일치", "header and values agree"),
    "parts": Text("머리글의 낱말로 판단", "words of the header"),
    "parts_values": Text("머리글의 낱말과 값으로 판단", "words of the header, and its values"),
    "values": Text("값만 보고 추정", "values only"),
    "contradicted": Text("값이 머리글과 맞지 않음", "values do not fit the header"),
    "said": Text("직접 지정", "said by you"),
    "relation": Text("다른 파일의 번호와 일치", "same numbers as in another file"),
    "preset": Text("알려진 시스템의 파일", "file of a known system"),
    "beyond": Text("정해진 항목이 아님", "beyond our columns"),
    "nothing": Text("해당하는 항목 없음", "means none of our columns"),
}
STATUS: Mapping[Status, Text] = {
    "mapped": Text("사용", "used"),
    "guessed": Text("추정", "guessed"),
    "asked": Text("확인 필요", "asked"),
    "kept": Text("속성으로 보관", "kept as an attribute"),
    "ignored": Text("미사용", "not used"),
}
