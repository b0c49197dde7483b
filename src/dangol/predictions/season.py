"""Season where a company has not seen its own: borrowed from retail in general, as strongly as own months follow it."""

from __future__ import annotations

from dangol.algorithms.retail_season import FLAT, RetailSeason, learn
from dangol.core.declare import Block

YEAR = 365.0


def season_of(block: Block, horizon: float) -> RetailSeason:
    """The season to reckon with at a moment; flat where a year and the horizon are known today.

    Args:
        block: customers of the moment, with the company's orders by day before it.
        horizon: days looked ahead.
    """
    if not len(block.trade) or block.history_days + block.cutoff >= YEAR + horizon:
        return FLAT
    return learn(block.trade[:, 0], block.trade[:, 1], block.moment)


def notes(season: RetailSeason) -> list[tuple[str, str]]:
    """What the model card says of a borrowed season; nothing where it is the company's own."""
    if not season.borrowed:
        return []
    strength = f"{season.amplitude:.0%}"
    return [
        (
            "이 회사의 계절 변동을 배울 만큼 이력이 길지 않아 공식 소매 통계(미국 인구조사국의 월별 계절지수)를 대신 썼습니다. "
            f"월별 주문 추이를 보고 일반 소매업의 {strength} 세기로 반영했습니다.",
            "The history is too short to learn the company's own season: it is borrowed from official retail statistics (US "
            f"Census Bureau, monthly seasonal factors), {strength} as strong as in retail in general, judged by own months.",
        )
    ]
