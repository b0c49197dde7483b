"""The customer's page draws the own gaps between days with an order, with the present silence last."""

from __future__ import annotations

import html
import re

import pytest
from fastapi.testclient import TestClient

from dangol.core.text import LANGUAGES
from dangol.faces.html import Reader
from dangol.faces.html.sparkline import rhythm, told_rhythm
from dangol.workspace.company import Company

GAPS = """
    with days as (
        select min(ordered_at) as came_at from facts_orders
        where customer_id = $1 and status = 'completed' and ordered_at < $2
        group by cast(timezone('Asia/Seoul', timezone('UTC', ordered_at)) as date))
    select epoch(came_at - lag(came_at) over (order by came_at)) / 86400 as gap
    from days qualify gap is not null order by came_at"""


def some(company: Company, wanted: str) -> list[int]:
    asked = f"select customer_id from profile where {wanted} order by customer_id limit 5"
    return [row["customer_id"] for row in company.snapshot.duck.cursor().rows(asked)]


def test_gaps_are_those_of_the_orders_and_their_mean_is_the_one_shown(company: Company) -> None:
    duck = company.snapshot.duck.cursor()
    for number in some(company, "order_day_count between 2 and 30"):
        wanted = [row["gap"] for row in duck.rows(GAPS, [number, company.snapshot.as_of])]
        found = company.customers.gaps(number)
        assert found == pytest.approx(wanted)
        assert sum(found) / len(found) == pytest.approx(company.customers.find(number).profile["mean_gap_days"])
        assert company.customers.gaps(number, most=1) == pytest.approx(wanted[-1:])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_draws_it_and_says_it_in_words(client: TestClient, company: Company, language: str) -> None:
    number, reader = some(company, "order_day_count >= 3")[0], Reader.of(company, language)
    profile = company.customers.find(number).profile
    gaps = company.customers.gaps(number)
    page = html.unescape(client.get(f"/customers/{number}", headers={"accept-language": language}).text)
    said = told_rhythm(gaps, profile["recency_days"], profile["mean_gap_days"], reader)
    drawn = next(each for each in re.findall(r"<svg[\s\S]*?</svg>", page) if f"<desc>{said}</desc>" in each)
    assert 'role="img"' in drawn
    assert f"<title>{reader.say('Own buying rhythm')}</title>" in drawn
    assert drawn.count("<circle") == len(gaps) + 1
    assert reader.value("days", profile["recency_days"]) in said


def test_who_bought_once_has_no_rhythm(client: TestClient, company: Company) -> None:
    page = client.get(f"/customers/{some(company, 'order_day_count = 1')[0]}", headers={"accept-language": "en"}).text
    assert "Own buying rhythm" not in page


def test_the_last_point_is_the_silence_and_higher_is_longer(company: Company) -> None:
    picture = rhythm([5.0, 10.0], 20.0, 7.5, Reader.of(company, "en"))
    heights = [float(each) for each in re.findall(r'<circle[^>]* cy="([\d.]+)"', "".join(picture.parts))]
    places = [float(each) for each in re.findall(r'<circle[^>]* cx="([\d.]+)"', "".join(picture.parts))]
    assert places == sorted(places)
    first, second, last = (picture.height - 6 - each for each in heights)
    assert (second / first, last / first) == (pytest.approx(2), pytest.approx(4))
