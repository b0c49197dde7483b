"""Everything about a customer at a past moment is what was known then."""

from __future__ import annotations

from datetime import datetime

from dangol.workspace.customers import Listing
from dangol.workspace.summary import run_summary

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


def test_a_past_snapshot_counts_customers_and_orders_of_then(shop):
    """Sixty customers of whom the first forty came before June: nothing later is counted."""
    rows = [f"o{place},c{place},2025-{1 + place // 8:02d}-15 10:00:00,p1,1,1000" for place in range(60)]
    rows += [f"x{place},c{place},2025-05-2{place % 8} 10:00:00,p1,1,1000" for place in range(8)]
    shop.write(rows).company.run(as_of=datetime(2025, 5, 31, 15))
    company = shop.company
    said = run_summary(company, "en")[1]
    assert said == "가게 as of 1 Jun 2025: 40 customers from 40 records, 48 orders"
    question, answer = company.ask("new_customers_by_month")
    _, asked_anew = company.ask("new_customers_by_month", {"months": 2})
    for each in (answer, asked_anew):
        assert (each.since, each.before) == ("2025-01-15T01:00:00", "2025-05-27T01:00:00")
        assert each.before < each.as_of
    assert company.sentence(question, answer, "en")
