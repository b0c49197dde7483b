"""The application's own state: decisions, campaigns, suppressions, deliveries, the audit trail and jobs."""

from dangol.core.store.audit import AuditEntry, broken_link, record_audit
from dangol.core.store.outbox import Delivery, enqueue, mark_delivery, waiting
from dangol.core.store.schema import (
    Alert,
    Audit,
    Base,
    Campaign,
    Decision,
    Erasure,
    Job,
    Note,
    OutboxRow,
    QualityRuling,
    Ruling,
    Suppression,
    Tombstone,
)
from dangol.core.store.store import Store

__all__ = [
    "Alert",
    "Audit",
    "AuditEntry",
    "Base",
    "Campaign",
    "Decision",
    "Delivery",
    "Erasure",
    "Job",
    "Note",
    "OutboxRow",
    "QualityRuling",
    "Ruling",
    "Store",
    "Suppression",
    "Tombstone",
    "broken_link",
    "enqueue",
    "mark_delivery",
    "record_audit",
    "waiting",
]
