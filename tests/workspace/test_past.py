"""Everything about a customer at a past moment is what was known then."""

from __future__ import annotations

from datetime import datetime

from dangol.workspace.customers import Listing

MEMBERS = """customer_ref,customer_name,email,region,registered_at
c1,김하나,hana@example.kr,서울,2025-01-05 09:00:00
c2,김하나,hana@example.kr,부산,2025-10-05 09:00:00
c3,이두리,duri@example.kr,대구,2025-01-06 09:00:00
"""


def test_a_past_snapshot_shows_the_attributes_of_then(shop):
    rows = [f"o{place},c{1 + 2 * (place % 2)},2025-{1 + place % 11:02d}-15 10:00:00,p1,1,1000" for place in range(66)]
    shop.write(rows)
    (shop.base / "members.csv").write_text(MEMBERS, encoding="utf-8")
    settings = shop.base / "dangol.yaml"
    settings.write_text(settings.read_text() + "  - {name: members, files: [members.csv], table: customers}\n")
    regions = {}
    for moment in (datetime(2025, 6, 1), datetime(2025, 12, 1)):
        shop.company.run(as_of=moment)
        customers = shop.company.customers
        number = shop.company.snapshot.duck.cursor().value("select min(customer_id) from identity_map where customer_ref = 'c1'")
        listed = {row["customer_id"]: row["region"] for row in customers.page(Listing(sort="order_count")).rows}
        regions[moment.month] = (customers.find(number).person["region"], listed[number])
        assert customers.find(number).person["customer_name"] == "김*나"
    assert regions == {6: ("서울", "서울"), 12: ("부산", "부산")}
