"""The example of a propensity in `dangol.yaml` works as it is written."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from tests.docs.conftest import DOCS, blocks
from tests.docs.test_examples import dangol

from dangol.workspace.company import Company

HERE = DOCS / "how-to" / "propensity.md"


@pytest.fixture(scope="module")
def shop(shop_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Company:
    """A company with the page's propensity and settings."""
    folder = tmp_path_factory.mktemp("propensity") / "shop"
    dangol("init", folder, "--name", "커피가게")
    dangol("add", *sorted(shop_files.iterdir()), "--folder", folder)
    settings = yaml.safe_load((folder / "dangol.yaml").read_text(encoding="utf-8"))
    for text in blocks(HERE, "yaml"):
        settings |= yaml.safe_load(text)
    settings["predictions"] |= {name: {"active": False} for name in ("churn", "lifetime_value", "repurchase_30", "next_order")}
    (folder / "dangol.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    dangol("run", "--folder", folder, "--quiet")
    return Company.open(folder)


def test_it_scores_its_population_or_says_what_it_needs(shop: Company) -> None:
    card = shop.card("coffee_order")
    assert card.refusal or card.judgement is not None
    if card.scored:
        recent = 'bought(category="커피", days=30) >= 1'
        assert card.scored == shop.customers.count(f"order_count >= 1 and not ({recent})")
        assert shop.customers.count(f"coffee_order_probability >= 0 and {recent}") == 0


def test_what_is_switched_on_and_off_is(shop: Company) -> None:
    assert {"visit", "coffee_order", "repurchase_90"} <= set(shop.cards())
    assert "second_order" not in shop.cards()
    assert "event_count_90" in shop.card("visit").refusal, "the shop has no events"
