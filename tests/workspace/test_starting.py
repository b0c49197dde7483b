"""Sources are named after their files, in Hangul too."""

from __future__ import annotations

import unicodedata

import pytest

from dangol.workspace.adding import add_sources
from dangol.workspace.settings import load_settings
from dangol.workspace.starting import free_name, start_company

ROWS = "order_id,customer_ref,ordered_at,product_id,quantity,net_amount\n" + "".join(
    f"o{place},c{place % 7},2026-03-{place % 28 + 1:02d} 10:00:00,p1,1,1000\n" for place in range(60)
)


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("주문 내역(2026년 3월)", "주문_내역_2026년_3월"),
        ("POS_판매_2025", "pos_판매_2025"),
        ("2026 orders", "source_2026_orders"),
        ("…", "source"),
        ("注文", "source"),
        (unicodedata.normalize("NFD", "회원목록"), "회원목록"),
    ],
)
def test_names_keep_latin_and_korean_letters(stem, name):
    assert free_name(stem, set()) == name
    assert free_name(stem, {name}) == f"{name}_2"


def test_a_source_with_a_korean_name_is_added_loaded_and_traced(tmp_path, shop):
    base = shop.base
    start_company(base, name="가게", zone="Asia/Seoul", currency="KRW", language="ko")
    file = base / "data" / f"{unicodedata.normalize('NFD', '주문 내역')}.csv"
    file.write_text(ROWS, encoding="utf-8")
    added = add_sources(base, [file], table="order_lines", system="main")
    assert [name for name, _ in added] == ["주문_내역"]
    assert [source.name for source in load_settings(base).sources] == ["주문_내역"]
    shop.company.run()
    assert shop.company.quality().rows_loaded == 60
    assert len(shop.profile()) == 7
    delivered = list((base / ".dangol" / "tables" / "order_lines").glob("*.parquet"))
    assert [each.name.partition("-")[0] for each in delivered] == ["주문_내역"]
    assert add_sources(base, [file], table="", system="main") == []
