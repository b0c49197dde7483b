"""The invented company 한빛상회: its first delivery, and later ones in which people respond to what they were sent."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dangol.core.errors import ConfigError, NotReady, told
from dangol.simulate.catalogue import product_table, staff_table, store_table
from dangol.simulate.clock import local_day, utc_moment
from dangol.simulate.contacted import read_contacts
from dangol.simulate.delivery import Written, spend_table, write_parquet_delivery
from dangol.simulate.experiment import PAST_CAMPAIGN, PAST_NAME, SEND_HOUR, Contacts, campaign_row, past_moment
from dangol.simulate.korean import write_korean_delivery, write_reference
from dangol.simulate.mailing import EVERY_DAYS, issue_channel, issue_names, issues
from dangol.simulate.permission import CHANNELS
from dangol.simulate.plan import Block, Plan, Window, blocks_of
from dangol.simulate.settings_text import settings_text
from dangol.simulate.world import World, make_world

STATE = "company.json"
NEWCOMERS = 1.2


@dataclass(frozen=True)
class Truth:
    """What was delivered and what is true of it.

    Attributes:
        delivery: 0 for the first.
        before: the moment up to which data were delivered, UTC.
        people, alive: how many people there are, and how many are still customers at `before`.
        rows: delivered rows by file name, bad rows not counted.
        campaign: of a randomised campaign in this delivery; empty without one.
        members, treated: its size.
        effect_orders, effect_net_sales: mean individual effect over its members (orders and won a person).
    """

    delivery: int
    before: datetime
    people: int
    alive: int
    rows: Mapping[str, int]
    campaign: str = ""
    members: int = 0
    treated: int = 0
    effect_orders: float = 0.0
    effect_net_sales: float = 0.0


@dataclass(frozen=True)
class Company:
    """What must be remembered between deliveries; everything else follows from the seed."""

    plan: Plan
    cohorts: tuple[Block, ...]
    delivery: int
    stop: float


def simulate(folder: Path, plan: Plan, *, threads: int = 2) -> Truth:
    """Invent a company and write its files, its `dangol.yaml` and, apart, the truth.

    Args:
        folder: gets `data/`, `dangol.yaml` and `truth/`; must not hold another company.
        plan: size and seed; equal plans give equal files.
        threads: groups of 100,000 people drawn at the same time (Parquet only), about 0.4 GB each.

    Raises:
        ConfigError: the folder already holds a simulated company.
    """
    if (folder / "truth" / STATE).exists():
        what = told("{folder} already holds a simulated company", folder=str(folder))
        raise ConfigError(what, hint=told("choose another folder, or delete this one first"))
    for name in ("data", "truth"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    start, stop = local_day(plan.start), local_day(plan.end)
    company = Company(plan, (Block(0, 0, plan.customers, start, stop),), 0, stop)
    world = make_world(plan, Window(0, start, stop))
    truth = deliver(folder, company, world, None, threads)
    (folder / "dangol.yaml").write_text(settings_text(truth.rows, korean=plan.is_korean), encoding="utf-8")
    return truth


def advance(folder: Path, days: int, *, contacted: Path | None = None, campaign: str = "campaign-1", threads: int = 2) -> Truth:
    """Let the company live on for some days and write a new delivery beside the older ones.

    People that a campaign reached at ten on the first of these days order according to their own known effect for up to
    30 days; held-out people do not. The effect ends with the delivery if that is shorter.

    Args:
        folder: of `simulate`.
        days: length of the delivery, 1 to 365.
        contacted: CSV or Parquet with `system`, `customer_ref` and `arm` (treated or held_out); several records of one
            person count once, treated if one of them is.
        campaign: number of that campaign in the truth.
        threads: as in `simulate`.

    Raises:
        NotReady: no company was simulated in this folder.
        ConfigError: days outside 1 to 365.
        DataError: the contacted file names unknown customers or arms.
    """
    if not 1 <= days <= 365:
        raise ConfigError(told("cannot advance by {days} days, allowed 1 to 365", days=str(days)))
    earlier = read_company(folder)
    people = sum(cohort.people for cohort in earlier.cohorts)
    start, stop = earlier.stop, earlier.stop + days
    plan = earlier.plan
    contacts = read_contacts(contacted, campaign, people, start + SEND_HOUR) if contacted else None
    number = sum(len(blocks_of(cohort)) for cohort in earlier.cohorts)
    newcomers = max(round(plan.customers / (plan.years * 365) * days * NEWCOMERS), 1)
    cohorts = (*earlier.cohorts, Block(number, people, newcomers, start, stop, opening=False))
    company = Company(plan, cohorts, earlier.delivery + 1, stop)
    return deliver(folder, company, make_world(plan, Window(company.delivery, start, stop)), contacts, threads)


def deliver(folder: Path, company: Company, world: World, contacts: Contacts | None, threads: int) -> Truth:
    """Write one delivery and remember how far the company has come."""
    blocks = [block for cohort in company.cohorts for block in blocks_of(cohort)]
    if company.plan.is_korean:
        written = write_korean_delivery(folder, world, blocks, contacts)
    else:
        written = write_parquet_delivery(folder, world, blocks, contacts, threads)
    rows = written.rows + write_reference_tables(folder, world, written) + write_late_returns(folder, world)
    write_company(folder, company)
    campaign = PAST_CAMPAIGN if company.delivery == 0 else contacts.campaign if contacts else ""
    truth = Truth(
        company.delivery,
        utc_moment(world.window.stop),
        written.figures["people"],
        written.figures["alive"],
        dict(sorted(rows.items())),
        campaign,
    )
    return with_effect(folder, truth) if campaign else truth


def write_reference_tables(folder: Path, world: World, written: Written) -> Counter[str]:
    """Write products, stores, staff (once), campaigns and spend."""
    first = world.window.delivery == 0
    tables = {"products": product_table(world.catalogue), "stores": store_table(), "staff": staff_table()} if first else {}
    tables |= {"campaigns": campaign_table(world), "spend": spend_table(world, written.acquired)}
    return write_apart(folder, world, filled(tables), "")


def write_late_returns(folder: Path, world: World) -> Counter[str]:
    """Write the returns of earlier deliveries' orders that come back in this window."""
    if world.window.delivery == 0:
        return Counter()
    bounds = [pa.scalar(utc_moment(day), pa.timestamp("us")) for day in (world.window.start, world.window.stop)]
    tables = {}
    for name in ("mall_returns", "pos_returns"):
        earlier = [read_truth(folder, f"pending_{name}", delivery=number) for number in range(world.window.delivery)]
        rows = pa.concat_tables(earlier)
        at = rows.column("returned_at").cast(pa.timestamp("us"))
        tables[name] = rows.filter(pc.and_(pc.greater_equal(at, bounds[0]), pc.less(at, bounds[1])))
    return write_apart(folder, world, filled(tables), "late")


def filled(tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """Tables that have rows."""
    return {name: table for name, table in tables.items() if table.num_rows}


def write_apart(folder: Path, world: World, tables: Mapping[str, pa.Table], label: str) -> Counter[str]:
    """Write tables that belong to no block, in the company's format, under names of their own."""
    number = world.window.delivery
    if world.plan.is_korean:
        suffix = f"_{number:03d}차" if number else ""
        return write_reference(folder / "data", tables, f"{suffix}_추가" if label else suffix)
    ending = f"{number:03d}-{label}" if label else f"{number:03d}"
    for name, table in tables.items():
        pq.write_table(table, folder / "data" / f"{name}-{ending}.parquet", store_schema=False)
    return Counter({name: table.num_rows for name, table in tables.items()})


def campaign_table(world: World) -> pa.Table:
    """Rows of `campaigns`: the newsletters of the window and, in the first delivery, the randomised campaign."""
    numbers = issues(world.window.start, world.window.stop)
    names = issue_names(numbers)
    rows = campaign_row(PAST_CAMPAIGN, PAST_NAME, past_moment(world))
    starts = [utc_moment(number * EVERY_DAYS + SEND_HOUR) for number in numbers.tolist()]
    letters = pa.table(
        {
            "campaign_id": pa.array(names, pa.string()),
            "campaign_name": pa.array([f"뉴스레터 {start:%Y-%m-%d}" for start in starts], pa.string()),
            "campaign_kind": pa.array(["newsletter"] * len(names), pa.string()),
            "channel": pa.array([CHANNELS[channel] for channel in issue_channel(numbers).tolist()], pa.string()),
            "starts_at": pa.array(starts, pa.timestamp("us")),
            "ends_at": pa.array(starts, pa.timestamp("us")),
            "cost_per_contact": pa.array([5] * len(names), pa.int64()),
            "randomised": pa.array([False] * len(names), pa.bool_()),
        }
    )
    first, sent = world.window.delivery == 0, bool(world.plan.message_volume)
    return pa.concat_tables([rows.slice(0, int(first)), letters if sent else letters.slice(0, 0)])


def with_effect(folder: Path, truth: Truth) -> Truth:
    """The summary with the size and mean effect of the delivery's campaign."""
    effect = read_truth(folder, "campaign_effect", delivery=truth.delivery)
    if not effect.num_rows:
        return truth
    orders, net_sales = (float(effect.column(name).to_numpy().mean()) for name in ("effect_orders", "effect_net_sales"))
    treated = effect.column("arm").to_pylist().count("treated")
    return replace(truth, members=effect.num_rows, treated=treated, effect_orders=orders, effect_net_sales=net_sales)


def read_truth(folder: Path, name: str, *, delivery: int | None = None) -> pa.Table:
    """A table of the truth: people, records, campaign_effect, bad_rows.

    Args:
        folder: of `simulate`.
        name: of the table.
        delivery: its part from one delivery; from all of them when absent (people appear once for each delivery).

    Raises:
        NotReady: there is no such part.
    """
    part = "*" if delivery is None else f"{delivery:03d}"
    files = sorted((folder / "truth").glob(f"{name}-{part}-*.parquet"))
    if not files:
        what = told(
            "there is no truth {name:quoted} of delivery {part} in {folder}", name=name, part=str(part), folder=str(folder)
        )
        raise NotReady(what, hint=told("run simulate or advance first"))
    return pa.concat_tables([pq.read_table(file) for file in files], promote_options="permissive")


def write_company(folder: Path, company: Company) -> None:
    """Remember the company, whole or not at all."""
    document = asdict(company)
    document["plan"]["end"] = company.plan.end.isoformat()
    aside = folder / "truth" / f".{STATE}"
    aside.write_text(json.dumps(document, indent=1, sort_keys=True), encoding="utf-8")
    aside.replace(folder / "truth" / STATE)


def read_company(folder: Path) -> Company:
    """The company as the last delivery left it.

    Raises:
        NotReady: there is none.
    """
    file = folder / "truth" / STATE
    if not file.exists():
        raise NotReady(told("no company was simulated in {folder}", folder=str(folder)), hint=told("run simulate first"))
    document = json.loads(file.read_text(encoding="utf-8"))
    plan = Plan(**{**document["plan"], "end": datetime.fromisoformat(document["plan"]["end"])})
    return Company(plan, tuple(Block(**cohort) for cohort in document["cohorts"]), document["delivery"], document["stop"])
