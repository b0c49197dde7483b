"""Pages in Chromium: nothing is reported by the browser or by axe, charts are drawn, and reading works without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from dangol.core.text import LANGUAGES

sync_api = pytest.importorskip("playwright.sync_api")

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
             "--disable-sync")  # fmt: skip
PATHS = ("/", "/ask", "/ask/active_customers_by_month", "/ask/cohort_retention", "/ask/top_products", "/ask/leaving_customers",
         "/ask/stage_transitions", "/customers", "/customers?stage=active&churn=5", "/models", "/models/churn",
         "/models/lifetime_value", "/keep", "/keep?state=done",
         "/data", "/data/sources", "/data/coverage", "/data/quality", "/data/quality/test_orders",
         "/data/runs", "/data/segment-keys", "/customers/segments", "/customers/segments/fallen_angel",
         "/data/maturity", "/data/identity",
         "/data/identity?at=0.9&page=2", "/programmes", "/programmes/win_back", "/value", "/value/portfolio",
         "/value/portfolio?budget=1000000", "/value/vip", "/value/acquisition", "/value/growth", "/value/budget",
         "/value/figures", "/value/figures?saved=planned",
         "/models/wallet", "/customers/worklist", "/customers/worklist?hours=2", "/customers/leads", "/token")  # fmt: skip
AXE = "async () => (await axe.run()).violations.map(each => [each.id, each.nodes.map(node => node.target.join(' '))])"
VIOLATIONS = "document.addEventListener('securitypolicyviolation', event => console.error('policy: ' + event.violatedDirective))"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not on this machine"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One Chromium for all tests."""
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def axe() -> str:
    """The accessibility checker's script."""
    found = find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        pytest.skip("axe-playwright-python is not installed")
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")


def troubles_of(context: Any, address: str, axe: str, language: str) -> list[str]:
    """What the browser, the policy or axe has against a page."""
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type != "log" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    # through the debugger, because the policy lets no page load it
    context.new_cdp_session(page).send("Runtime.evaluate", {"expression": axe})
    said += [str(found) for found in page.evaluate(AXE)]
    if page.locator("html").get_attribute("lang") != language:
        said.append("in the wrong language")
    page.close()
    return [f"{address}: {each}" for each in said]


def follow(page: Any, selector: str) -> None:
    """Click on the first of what leads to another page, and wait until that has come: a click itself does not wait for it."""
    with page.expect_navigation():
        page.locator(selector).first.click()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_troubles_the_browser_or_a_reader(browser: Any, address: str, axe: str, language: str) -> None:
    context = browser.new_context(locale=language, viewport={"width": 1280, "height": 900})
    context.add_init_script(VIOLATIONS)
    troubles = [found for path in PATHS for found in troubles_of(context, address + path, axe, language)]
    context.close()
    assert not troubles, "\n".join(troubles)


@pytest.mark.parametrize("width", [360, 640])
def test_narrow_and_enlarged_pages_do_not_scroll_sideways(browser: Any, address: str, width: int) -> None:
    context = browser.new_context(locale="ko", viewport={"width": width, "height": 800})
    page = context.new_page()
    wide = []
    for path in PATHS:
        page.goto(address + path)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(path)
    context.close()
    assert not wide


def test_charts_are_drawn_with_our_numbers(browser: Any, address: str) -> None:
    page = browser.new_page(locale="ko")
    page.goto(f"{address}/ask/new_and_repeat_sales")
    page.wait_for_selector("dg-chart.drawn svg")
    drawn = page.locator("dg-chart svg").text_content()
    assert "만" in drawn or "억" in drawn
    page.hover("dg-chart", position={"x": 300, "y": 150})
    page.wait_for_timeout(300)
    assert "₩" in page.locator("dg-chart svg").text_content()
    page.close()


def test_forms_swap_only_the_answer(browser: Any, address: str) -> None:
    page = browser.new_page(locale="en")
    page.goto(f"{address}/ask/active_customers_by_month")
    page.evaluate("window.kept = true")
    page.fill("input[name=months]", "6")
    page.click("form.options button")
    page.wait_for_url("**months=6*")
    page.wait_for_function("document.querySelectorAll('tbody tr').length === 6")
    assert page.evaluate("window.kept") is True
    page.wait_for_selector("dg-chart.drawn svg")
    assert page.locator("dg-chart.drawn svg").count() == 1
    page.goto(f"{address}/customers")
    page.fill("input[name=rule]", "order_cont > 2")
    page.click("form.filters button")
    page.wait_for_selector("[role=alert]")
    assert "did you mean" in page.locator("[role=alert]").text_content()
    page.close()


def test_reading_forms_and_paging_need_no_script(browser: Any, address: str) -> None:
    context = browser.new_context(locale="ko", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/ask/active_customers_by_month")
    assert page.locator("dg-chart svg rect").count() > 3
    page.goto(f"{address}/customers")
    page.select_option("select[name=stage]", "active")
    follow(page, "form.filters button[type=submit]")
    assert "stage=active" in page.url
    first = page.locator("tbody th").first.text_content()
    follow(page, "a[rel=next]")
    assert page.locator("tbody th").first.text_content() != first
    follow(page, "a[rel=prev]")
    assert page.locator("tbody th").first.text_content() == first
    follow(page, "tbody th a")
    assert page.locator("h1").text_content().strip().endswith("활동")
    context.close()


def test_the_keyboard_reaches_the_content_first(browser: Any, address: str) -> None:
    page = browser.new_page(locale="en")
    page.goto(f"{address}/customers")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "stage"
    page.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pair_is_decided_and_a_customer_looked_into_without_script(
    browser: Any, address: str, axe: str, language: str, company: Any
) -> None:
    joined = "select customer_id from identity_map group by customer_id having count(*) > 1 order by customer_id limit 1"
    number = company.snapshot.duck.cursor().value(joined)
    plain = browser.new_context(locale=language, java_script_enabled=False)
    page = plain.new_page()
    page.goto(f"{address}/data/identity")
    before = page.locator("#review form").count()
    page.locator("#review form input[name=reason]").first.fill("asked")
    follow(page, "#review button[value=false]")
    assert page.url.endswith("/data/identity?page=1#review")
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    follow(page, "#decided form button")
    assert page.locator("#review form").count() == before
    page.goto(f"{address}/customers/{number}")
    page.locator("details.ask summary").click()
    page.locator("details.ask input[name=reason]").fill("she called")
    follow(page, "details.ask button")
    assert page.locator(".notice").count() == 1
    plain.close()
    context = browser.new_context(locale=language)
    context.add_init_script(VIOLATIONS)
    troubles = troubles_of(context, f"{address}/customers/{number}#records", axe, language)
    context.close()
    assert not troubles, troubles
