"""What the documents are tested with: their code blocks, and a small shop."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
BLOCK = re.compile(r"^```(?P<kind>\w*)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
HEAD = "주문번호,주문일시,회원번호,상품번호,상품명,카테고리,수량,결제금액\n"
PRODUCTS = (("P1", "원두 200g", "커피", 12_000), ("P2", "머그컵", "용품", 15_000), ("P3", "쿠키 세트", "간식", 8_000))


def documents() -> list[Path]:
    """Every document of the project."""
    return sorted([*REPOSITORY.glob("*.md"), *DOCS.rglob("*.md")])


def blocks(path: Path, kind: str) -> Iterator[str]:
    """The code blocks of one kind in a document."""
    for found in BLOCK.finditer(path.read_text(encoding="utf-8")):
        if found["kind"] == kind:
            yield found["text"]


def write_orders(path: Path, *, customers: int = 240, seed: int = 5) -> int:
    """Orders of a coffee shop over two years, a file in CP949 as Korean tills write it; returns the number of lines."""
    draw = random.Random(seed)
    first, last = datetime(2024, 1, 1), datetime(2026, 1, 1)
    lines = []
    for customer in range(1, customers + 1):
        gap = draw.choice((15, 30, 60, 150))
        at = first + timedelta(days=draw.random() * 500)
        while at < last:
            number, name, category, price = draw.choice(PRODUCTS)
            amount = f'"{price:,}원"'
            lines.append(f"A{len(lines):05d},{at:%Y-%m-%d %H:%M},M{customer:04d},{number},{name},{category},1,{amount}")
            at += timedelta(days=draw.expovariate(1 / gap))
            if draw.random() < 0.08:
                break
    path.write_text(HEAD + "\n".join(lines), encoding="cp949")
    return len(lines)


@pytest.fixture(scope="session")
def shop_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what a small shop has: orders and consents."""
    folder = tmp_path_factory.mktemp("shop-files")
    write_orders(folder / "주문내역.csv")
    consents = [
        f"M{number:04d},{('카카오톡', '문자')[number % 2]},{'YN'[number % 5 == 0]},2025-03-01" for number in range(1, 241)
    ]
    (folder / "수신동의.csv").write_text("회원번호,채널,수신동의,동의일시\n" + "\n".join(consents), encoding="utf-8")
    return folder
