"""A lead that refuses e-mail without a date refuses it at every moment that a run may describe."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from dangol.workspace.company import Company


def test_a_refusal_without_a_date_stands_although_it_was_loaded_after_the_moment(tmp_path: Path) -> None:
    files = {
        "people": "customer_ref,customer_name,email\nc1,김하나,hana@example.com\nc2,이두리,duri@example.com\n",
        "consents": "customer_ref,channel,allowed,recorded_at\nc1,email,y,2025-01-05\nc2,email,y,2025-01-05\n",
        "orders": "order_id,customer_ref,ordered_at,net_amount\no1,c1,2025-02-01,1000\no2,c2,2025-02-02,1000\n",
        "leads": "lead_ref,email,refuses_email,lead_status\nL1,hana@example.com,y,open\nL2,new@example.com,y,open\n",
    }
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="cp949" if name == "people" else "utf-8")
    tables = {"people": "customers"}
    sources = "".join(f"  - {{name: {n}, files: [{n}.csv], table: {tables.get(n, n)}, system: shop}}\n" for n in files)
    (tmp_path / "dangol.yaml").write_text(
        f"company: {{name: s, zone: UTC, currency: KRW}}\nengine: {{threads: 1}}\nsources:\n{sources}", encoding="utf-8"
    )
    company = Company.open(tmp_path)
    company.run(as_of=datetime(2025, 3, 1))
    rows = company.snapshot.duck.cursor().rows("""
        select i.customer_ref, c.allowed from consents_now c join identity_map i using (customer_id) where channel = 'email'""")
    allowed = {row["customer_ref"]: row["allowed"] for row in rows}
    assert allowed == {"c1": False, "lead:L1": False, "c2": True, "lead:L2": False}
    first = company.snapshot.duck.cursor().value("select min(first_seen_at) from facts_people")
    assert first is None or first.year >= 2025
