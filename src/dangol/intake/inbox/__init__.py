"""What arrives event by event over HTTP: checked, written down before it is acknowledged, loaded like any other delivery."""

from dangol.intake.inbox.deliveries import gather, inbox_sources, seen_since, wipe_inbox
from dangol.intake.inbox.journal import Busy, Journal
from dangol.intake.inbox.spec import Received, Refusal, received

__all__ = ["Busy", "Journal", "Received", "Refusal", "gather", "inbox_sources", "received", "seen_since", "wipe_inbox"]
