"""Decisions into the store: written once, refused when a second run of the same campaign decides otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from sqlalchemy import select

from dangol.core.errors import DataError, UnknownName, told
from dangol.core.store import Campaign, Decision, Store
from dangol.ledger.decide import Decisions, Run


@dataclass(frozen=True)
class Recorded:
    """A campaign in the store.

    Attributes:
        campaign_id: its name.
        written: decisions added; 0 when the very same ones were there already.
        counts: as `Decisions.counts`.
    """

    campaign_id: str
    written: int
    counts: Mapping[str, int]


def record(store: Store, run: Run, decisions: Decisions) -> Recorded:
    """Write a run's decisions with the settings they were taken under.

    Raises:
        DataError: this campaign is there already with other decisions.
    """
    counts = decisions.counts()
    with store.session() as session:
        known = session.get(Campaign, decisions.campaign_id)
        if known is not None:
            same_or_refused(known, decisions)
            return Recorded(decisions.campaign_id, 0, counts)
        session.add(
            Campaign(
                campaign_id=decisions.campaign_id,
                programme=run.settings.name,
                run_id=run.run_id,
                as_of=run.as_of,
                decided_at=run.decided_at or run.as_of,
                settings=run.settings.model_dump(mode="json"),
                counts=counts,
                fingerprint=decisions.fingerprint,
                files={},
            )
        )
        written = store.append(session, Decision, decisions.rows)
    return Recorded(decisions.campaign_id, written, counts)


def same_or_refused(known: Campaign, decisions: Decisions) -> None:
    """Accept decisions that are there already.

    Raises:
        DataError: the recorded ones differ.
    """
    if known.fingerprint != decisions.fingerprint:
        raise DataError(
            told(
                "campaign {name:quoted} was already decided otherwise: {then} then, {now} now",
                name=known.campaign_id,
                then=str(known.counts),
                now=str(decisions.counts()),
            ),
            where=known.programme,
            hint=told("decide at a new moment; what was decided is never rewritten"),
        )


def earlier_decisions(store: Store, run: Run) -> pa.Table:
    """What the programme decided within its cool-down before this run: customer_id, programme, as_of, action."""
    since = run.as_of - timedelta(days=run.settings.cool_down_days)
    asked = select(Decision.customer_id, Decision.programme, Decision.as_of, Decision.action).where(
        Decision.programme == run.settings.name,
        Decision.as_of > since,
        Decision.as_of < run.as_of,
        Decision.action.in_(["contact", "hold_out"]),
    )
    return store.arrow(asked)


def mark_exported(store: Store, campaign_id: str, files: Mapping[str, str], *, at: datetime | None = None) -> bool:
    """Note the files that left the house, name to SHA-256; false when the same ones were noted before.

    Raises:
        UnknownName: no such campaign.
        DataError: the campaign was exported with other bytes.
    """
    with store.session() as session:
        campaign = session.get(Campaign, campaign_id)
        if campaign is None:
            raise UnknownName.among(told("campaign"), campaign_id, session.scalars(select(Campaign.campaign_id)))
        unchanged_or_refused(campaign, files)
        if campaign.state == "exported" and files.keys() <= campaign.files.keys():
            return False
        campaign.files = {**campaign.files, **files}
        campaign.state = "exported"
        campaign.exported_at = at or datetime.now(UTC).replace(tzinfo=None)
    return True


def unchanged_or_refused(campaign: Campaign, files: Mapping[str, str]) -> None:
    """Accept files that are new or the same as before.

    Raises:
        DataError: a file of that name left with other bytes.
    """
    changed = sorted(name for name in files.keys() & campaign.files.keys() if campaign.files[name] != files[name])
    if changed:
        what = told(
            "file {file:quoted} of campaign {name:quoted} differs from the one exported before",
            file=changed[0],
            name=campaign.campaign_id,
        )
        raise DataError(what)
