"""The application's own state: decisions, campaigns, suppressions, deliveries, the audit trail and jobs."""

from dangol.core.store.audit import AuditEntry, broken_link, record_audit
from dangol.core.store.outbox import Delivery, enqueue, mark_delivery, waiting
from dangol.core.store.schema import Audit, Base, Campaign, Decision, Job, OutboxRow, Ruling, Suppression
from dangol.core.store.store import Store

__all__ = [
    "Audit",
    "AuditEntry",
    "Base",
    "Campaign",
    "Decision",
    "Delivery",
    "Job",
    "OutboxRow",
    "Ruling",
    "Store",
    "Suppression",
    "broken_link",
    "enqueue",
    "mark_delivery",
    "record_audit",
    "waiting",
]
