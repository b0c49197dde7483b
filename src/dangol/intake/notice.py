"""What intake tells people about a delivery, in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from dangol.core.text import Language, Text

REASONS: dict[str, Text] = {
    "missing": Text("필수 값이 없습니다", "a required value is missing"),
    "unreadable_number": Text("숫자로 읽을 수 없습니다", "not readable as a number"),
    "unreadable_date": Text("날짜로 읽을 수 없습니다", "not readable as a date"),
    "unreadable_flag": Text("예/아니요로 읽을 수 없습니다", "not readable as yes or no"),
    "not_a_choice": Text("정해진 값이 아닙니다", "not one of the allowed values"),
    "too_low": Text("허용된 최솟값보다 작습니다", "below the smallest allowed value"),
    "future": Text("미래 날짜입니다", "dated in the future"),
    "empty_date": Text(
        "빈 날짜를 시스템이 채운 값입니다 (1900년, 1970년 등)", "an empty date as a system writes it (1900, 1970 …)"
    ),
    "before_start": Text("시작보다 앞선 날짜입니다", "dated before its start"),
    "unknown_currency": Text("회사 통화가 아닙니다", "not the company's currency"),
    "return_without_date": Text("반품 일시를 알 수 없습니다", "a return without a date"),
    "duplicate_row": Text("같은 행이 이미 있습니다", "the same row came before"),
    "same_key_other_content": Text("같은 키에 다른 내용이 있습니다", "same key, other content"),
    "erased": Text("삭제를 요청한 고객의 행이라 지웠습니다", "removed: its customer asked to be forgotten"),
    "ragged": Text("칸 수가 맞지 않습니다", "too few or too many fields"),
}
NOTICES: dict[str, Text] = {
    "unmapped": Text(
        "사용하지 않은 열 {count}개: {subject}. 원본에는 남아 있습니다.",
        "headers not used ({count}): {subject}; kept in the raw delivery",
    ),
    "other_sheets": Text("읽지 않은 시트 {count}개: {subject}", "sheets not read ({count}): {subject}"),
    "identical_lines": Text(
        "내용이 같은 주문 상품 줄이 {count}개 있습니다. 모두 남겼습니다.", "{count} identical order lines; all were kept"
    ),
    "several_values": Text(
        "한 주문에 서로 다른 {subject} 값이 있는 주문이 {count}건입니다. 첫 값을 썼습니다.",
        "{count} orders carry different values of {subject}; the first was taken",
    ),
    "no_net_amount": Text(
        "순매출을 계산할 열(금액 또는 단가)이 없습니다: {subject}",
        "neither an amount nor a unit price to compute net sales from: {subject}",
    ),
    "nothing_loaded": Text("적재된 행이 없습니다: {subject}", "no row could be loaded: {subject}"),
    "same_content": Text("내용이 같은 파일이 이미 적재되어 있습니다: {subject}", "the same content is already loaded: {subject}"),
    "date_order": Text(
        "{subject} 열의 날짜 순서를 값으로 판단했습니다", "the order of dates in {subject} was told from its values"
    ),
}


@dataclass(frozen=True)
class Notice:
    """One thing worth knowing that is not an error.

    Attributes:
        code: one of NOTICES.
        subject: header, column or file; never a personal value.
        count: how many, where it can be counted.
    """

    code: str
    subject: str = ""
    count: int = 0

    def text(self, language: Language = "ko") -> str:
        """The sentence people read."""
        return NOTICES[self.code].in_(language).format(subject=self.subject, count=f"{self.count:,}")
