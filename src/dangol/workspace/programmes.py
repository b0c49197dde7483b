"""Programmes at work: whom they would choose, starting one, and what it changed."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, reduce
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import select
from sqlglot import exp

from dangol.consent import Asking, clear
from dangol.core.cleared import Clearance
from dangol.core.declare import Arm, Delivered, Parcel, ProgrammeSettings
from dangol.core.engine import Duck
from dangol.core.errors import ConfigError, NotReady, UnknownName, told
from dangol.core.query import named
from dangol.core.store import AuditEntry, Campaign, Decision, Erasure, Store, Suppression, record_audit
from dangol.core.text import Language
from dangol.ledger import Decisions, Known, Run, decide, earlier_decisions, mark_exported, record
from dangol.workspace.binding import Binder
from dangol.workspace.customers import Customers
from dangol.workspace.figures import CONSENTS
from dangol.workspace.notes import LEAVE_OUT, PUT_FIRST, Notes
from dangol.workspace.policies import Policies
from dangol.workspace.registry import Registry
from dangol.workspace.segment_rules import all_segments
from dangol.workspace.settings import Settings
from dangol.workspace.snapshot import Snapshot, consent_state
from dangol.workspace.units import HOUSEHOLD_MEMBERS

WORTH = "expected_margin_12m"
CONTACTS = ("customer_name", "phone", "email")
DECISIONS = {
    "decision_id": "VARCHAR", "campaign_id": "VARCHAR", "programme": "VARCHAR", "customer_id": "BIGINT",
    "as_of": "TIMESTAMP",
    "decided_at": "TIMESTAMP", "action": "VARCHAR", "arm": "VARCHAR", "channel": "VARCHAR", "probability": "DOUBLE",
    "score": "DOUBLE", "score_name": "VARCHAR", "cost": "DECIMAL(18, 2)", "reason_code": "VARCHAR",
    "consent_recorded_at": "TIMESTAMP",
}  # fmt: skip


@dataclass(frozen=True)
class Started:
    """A programme that was started.

    Attributes:
        campaign_id: the run of the programme that this made.
        counts: audience, contact, hold_out, skip and the reasons of skipping.
        files: what left the house.
        again: the very same run was started before; nothing new was decided.
    """

    campaign_id: str
    counts: Mapping[str, int]
    files: Sequence[Delivered]
    again: bool


@dataclass(frozen=True)
class CampaignState:
    """A campaign in the ledger."""

    campaign_id: str
    programme: str
    as_of: datetime
    state: str
    counts: Mapping[str, int]
    settings: ProgrammeSettings
    files: Mapping[str, str]


@dataclass(frozen=True)
class ImportedCampaign:
    """A campaign that another system ran and that came with the data."""

    campaign_id: str
    name: str
    kind: str
    randomised: bool
    member_count: int


class Programmes:
    """The programmes of one company on its serving snapshot.

    Args:
        snapshot: equipped with the ledger, see `equip`.
        store: the application's state.
        settings: the company's settings; its programmes stand beside the declared ones.
        registry: declared programmes and destinations.
        root: the workspace's folder; exported files go below it.
    """

    def __init__(self, snapshot: Snapshot, store: Store, settings: Settings, registry: Registry, root: Path) -> None:
        self.snapshot = snapshot
        self.notes = Notes(store, snapshot, all_programmes(settings, registry), ())
        self.store = store
        self.settings = settings
        self.registry = registry
        self.root = root
        self.segments = all_segments(settings.segments, registry.segments)

    def find(self, name: str) -> ProgrammeSettings:
        """A programme's settings.

        Raises:
            UnknownName: no such programme.
        """
        known = all_programmes(self.settings, self.registry)
        UnknownName.check(told("programme"), name, known)
        return known[name]

    def preview(self, name: str) -> Mapping[str, int]:
        """Whom a programme would choose now, in counts; nothing is recorded."""
        return self.decided(self.run_of(name))[0].counts()

    def run_of(self, name: str) -> Run:
        """A programme at the snapshot's moment."""
        return Run(self.find(name), self.snapshot.as_of, self.snapshot.pointer.run_id)

    def decided(self, run: Run) -> tuple[Decisions, Clearance]:
        """Decide about a programme's audience on an engine of its own."""
        duck = self.snapshot.duck.cursor()
        audience, first = self.audience(run.settings), self.notes.named(PUT_FIRST, run.settings.name)
        records = self.snapshot.facts.cut(run.as_of, ("consents", "messages"))
        asking = Asking(run.settings.channels, run.as_of)
        duck.register("suppressed_customers", self.suppressed(run.settings.name))
        duck.register("closed_channels", self.policies.closed())
        clearance = clear(
            duck, audience, records, asking=asking, suppressed=named("suppressed_customers"), closed=named("closed_channels")
        )
        before = self.snapshot.under_todays_numbers(earlier_decisions(self.store, run))
        known = Known(before, self.homes(duck, run.settings), first, self.policies.spent_up(run))
        return decide(duck, run, audience, clearance, known), clearance

    @cached_property
    def customers(self) -> Customers:
        """Customers as audience rules choose them."""
        company = self.settings.company
        return Customers(self.snapshot, currency=company.currency, zone=company.zone, segments=self.segments)

    @cached_property
    def policies(self) -> Policies:
        """What customers of segments may cost, and how they are contacted."""
        rules = {name: each.rule for name, each in self.segments.items()}
        return Policies(self.customers, self.store, self.settings.policies, rules)

    def homes(self, duck: Duck, settings: ProgrammeSettings) -> pa.Table | None:
        """The home of everybody and what he is expected to earn, where a programme contacts one of each home.

        Raises:
            NotReady: it does, and nobody's home is known.
        """
        if not settings.per_household:
            return None
        if HOUSEHOLD_MEMBERS not in duck.tables():
            what = told(
                "programme {name:quoted} contacts one person per household, and no household is known", name=settings.name
            )
            raise NotReady(what, hint=told("add addresses or telephones of customers, or set per_household: false"))
        worth = WORTH if WORTH in self.snapshot.columns else "net_sales"
        chosen = exp.select(
            "m.customer_id", "m.household_id AS home", exp.alias_(exp.cast(exp.column(worth, table="p"), "double"), "worth")
        )
        return duck.arrow(chosen.from_(f"{HOUSEHOLD_MEMBERS} AS m").join("profile AS p", on="p.customer_id = m.customer_id"))

    def audience(self, settings: ProgrammeSettings) -> exp.Expr:
        """The audience of a programme with its scores, and whom people put first in it: customer_id and score."""
        customers = self.customers
        score = exp.alias_(ranked(settings.rank_by, self.snapshot.columns), "score")
        chosen = exp.select("profile.customer_id", score).from_("profile")
        first = [exp.Literal.number(each) for each in self.notes.named(PUT_FIRST, settings.name)["customer_id"].to_pylist()]
        wanted = customers.condition(settings.audience)
        if first:
            wanted = exp.or_(wanted, exp.In(this=exp.column("customer_id", table="profile"), expressions=first))
        return customers.reading(chosen.where(wanted))

    def suppressed(self, programme: str = "") -> pa.Table:
        """Customers who must not be contacted, by channel; with those whom people leave out of everything, or of a programme."""
        asked = select(Suppression.customer_id, Suppression.channel).where(Suppression.customer_id.is_not(None))
        left_out = self.notes.named(LEAVE_OUT, programme)
        found = self.snapshot.under_todays_numbers(self.store.arrow(asked))
        noted = left_out.append_column("channel", pa.repeat(pa.scalar("", pa.string()), left_out.num_rows))
        return pa.concat_tables([found.select(noted.column_names).cast(noted.schema), noted])

    def unreachable(self) -> pa.Table:
        """Customers who are not contacted, by channel: those who must not be, and those for whom policies do not use it."""
        return pa.concat_tables([self.suppressed(), self.policies.closed()])

    def start(
        self, name: str, *, destination: str = "", reason: str = "", language: Language = "ko", who: str = "cli"
    ) -> Started:
        """Decide, record and export a programme at the snapshot's moment; doing it again changes nothing.

        Args:
            name: the programme.
            destination: where to; the programme's own when empty.
            reason: why names and addresses must be readable in the file; masked when empty.
            language: of the file's headers and offers.
            who: who started it, for the audit trail.

        Raises:
            NotReady: the programme is switched off.
            DataError: it was decided otherwise at this very moment.
        """
        run = self.run_of(name)
        if not run.settings.active:
            raise NotReady(told("programme {name:quoted} is switched off", name=name), hint=told("set active: true"))
        decisions, clearance = self.decided(run)
        recorded = record(self.store, run, decisions)
        target = destination or run.settings.destination
        UnknownName.check(told("destination"), target, self.registry.destinations)
        parcel = Parcel(recorded.campaign_id, self.contacts(decisions, run.settings, language), reason, language)
        folder = self.root / "campaigns" / recorded.campaign_id
        files = self.registry.destinations[target].deliver(decisions.to_contact(clearance.cleared), parcel, folder)
        fresh = mark_exported(self.store, recorded.campaign_id, {each.path.name: each.sha256 for each in files})
        if fresh:
            entry = AuditEntry(who=who, what=f"exported to {target}", whose=recorded.campaign_id, reason=reason)
            record_audit(self.store, entry)
        return Started(recorded.campaign_id, recorded.counts, files, again=recorded.written == 0 and not fresh)

    def contacts(self, decisions: Decisions, settings: ProgrammeSettings, language: Language) -> pa.Table:
        """Names and addresses with arm and offer of everybody decided about; the latest ones, so that messages arrive."""
        duck = self.snapshot.duck.cursor()
        duck.register("decided", decisions.rows.select(["customer_id", "arm"]))
        duck.register("offers", offers(settings.arms, language))
        present = self.snapshot.facts.present.get("people", frozenset())
        columns = [exp.column(name, table="people") for name in CONTACTS if name in present]
        chosen = exp.select("decided.customer_id", *columns, "decided.arm", "offers.offer").from_("decided")
        latest = exp.select("*").from_(self.snapshot.facts.physical("people")).where("known_before IS NULL")
        people = exp.Subquery(this=latest, alias=exp.TableAlias(this=exp.to_identifier("people")))
        joined = chosen.join(people, on="people.customer_id = decided.customer_id", join_type="left")
        return duck.arrow(joined.join("offers", on="offers.arm = decided.arm", join_type="left"))

    def campaigns(self, programme: str = "") -> list[CampaignState]:
        """Campaigns in the ledger, the latest first."""
        asked = select(Campaign).order_by(Campaign.as_of.desc(), Campaign.campaign_id)
        with self.store.reading() as session:
            found = list(session.scalars(asked.where(Campaign.programme == programme) if programme else asked))
            return [state_of(campaign) for campaign in found]

    def imported(self) -> list[ImportedCampaign]:
        """Campaigns that came with the data."""
        present = self.snapshot.facts.present
        if "campaign_members" not in present:
            return []
        cut = self.snapshot.facts.cut(self.snapshot.as_of, ("campaigns", "campaign_members"))
        tree = (
            exp.select(
                "m.campaign_id",
                "coalesce(max(c.campaign_name), m.campaign_id) AS name",
                "coalesce(max(c.campaign_kind), '') AS kind",
                "coalesce(bool_and(c.randomised), FALSE) AS randomised",
                "count(*) AS member_count",
            )
            .from_(exp.Subquery(this=cut["campaign_members"], alias="m"))
            .join(exp.Subquery(this=cut["campaigns"], alias="c"), on="c.campaign_id = m.campaign_id", join_type="left")
            .group_by("m.campaign_id")
            .order_by("m.campaign_id")
        )
        return [ImportedCampaign(**row) for row in self.snapshot.duck.cursor().rows(tree)]


def ranked(rank_by: str, columns: Container[str]) -> exp.Expr:
    """What members of an audience are ranked by: a column of the profile, or several multiplied; missing where one is unknown."""
    names = [each.strip() for each in rank_by.split("*")]
    if not all(name in columns for name in names):
        return exp.cast(exp.null(), "double")
    factors: list[exp.Expr] = [exp.cast(exp.column(name, table="profile"), "double") for name in names]
    return reduce(lambda left, right: exp.Mul(this=left, expression=right), factors)


def all_programmes(settings: Settings, registry: Registry) -> dict[str, ProgrammeSettings]:
    """Declared programmes and those of `dangol.yaml`.

    Raises:
        ConfigError: a programme of the settings has the name of a declared one.
    """
    declared = {name: each.settings for name, each in registry.programmes.items()}
    own = {each.name: each for each in settings.programmes}
    clashing = sorted(declared.keys() & own.keys())
    if clashing:
        what = told("programme {name:quoted} is declared already", name=clashing[0])
        raise ConfigError(what, where="dangol.yaml", hint=told("give yours another name"))
    return {**declared, **own}


def equip(snapshot: Snapshot, store: Store, zone: str) -> None:
    """Put the ledger and today's consents beside a snapshot, where rules and measurements read them.

    What was decided about customers who have been forgotten is left out: their orders are nobody's now.
    A snapshot brings its consents along; one that an older version wrote gets them now.
    """
    decisions = snapshot.under_todays_numbers(store.arrow(select(*(getattr(Decision, name) for name in DECISIONS))))
    erased = store.arrow(select(Erasure.customer_id).where(Erasure.customer_id.is_not(None)))["customer_id"]
    known = pc.invert(pc.is_in(decisions["customer_id"], value_set=erased))
    snapshot.duck.register("decisions", decisions.filter(known))
    if CONSENTS not in snapshot.duck.tables():
        consents = consent_state(Binder(snapshot.facts, snapshot.as_of, zone))
        if consents is not None:
            snapshot.duck.create(CONSENTS, consents)


def offers(arms: Sequence[Arm], language: Language) -> pa.Table:
    """What each arm offers, in a language."""
    said = [arm.offer_ko if language == "ko" else arm.offer_en for arm in arms]
    return pa.table({"arm": [arm.name for arm in arms], "offer": pa.array(said, pa.string())})


def state_of(campaign: Campaign) -> CampaignState:
    """A campaign of the store as faces see it."""
    return CampaignState(
        campaign_id=campaign.campaign_id,
        programme=campaign.programme,
        as_of=campaign.as_of,
        state=campaign.state,
        counts=dict(campaign.counts),
        settings=ProgrammeSettings(**campaign.settings),
        files=dict(campaign.files or {}),
    )
