"""A name that a marketplace has masked gives way to one that can be read, whoever spoke last."""

from __future__ import annotations

import pytest

from dangol.workspace.company import Company

HEADER = "customer_ref,customer_name,email,phone,registered_at"


@pytest.mark.parametrize(
    ("first", "last", "expected"), [("김하나", "김*나", "김하나"), ("김*나", "김하나", "김하나"), ("김*나", "김*나", "김*나")]
)
def test_a_readable_name_survives(tmp_path, first, last, expected):
    rows = [f"c1,{first},hana@naver.com,,2025-01-01", f"c2,{last},hana@naver.com,,2025-06-01"]
    (tmp_path / "members.csv").write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    (tmp_path / "lines.csv").write_text(
        "order_id,customer_ref,ordered_at,product_id,quantity,net_amount\no1,c1,2026-01-11 10:00:00,p1,1,1000\n", encoding="utf-8"
    )
    (tmp_path / "dangol.yaml").write_text(
        "company: {name: 가게, zone: Asia/Seoul, currency: KRW, margin_share: 0.3}\nengine: {threads: 1}\nsources:\n"
        "  - {name: shop, files: [lines.csv], table: order_lines}\n  - {name: members, files: [members.csv], table: customers}\n",
        encoding="utf-8",
    )
    company = Company.open(tmp_path)
    company.desk.rule("main/c1", "main/c2", same=True, who="tester")
    company.run()
    (person,) = company.snapshot.duck.rows("select customer_name from people")
    assert person["customer_name"] == expected
