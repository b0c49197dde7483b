"""Customers to look after before they leave, and what was done about them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table `alerts`."""
    op.create_table(
        "alerts",
        sa.Column("alert_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("silent_since", sa.DateTime(), nullable=False),
        sa.Column("as_of", sa.DateTime(), nullable=False),
        sa.Column("run_id", sa.String(length=80), nullable=False),
        sa.Column("chance", sa.Double(), nullable=False),
        sa.Column("overdue_ratio", sa.Double(), nullable=True),
        sa.Column("days_left", sa.Double(), nullable=False),
        sa.Column("signs", sa.String(length=120), nullable=False),
        sa.Column("stake", sa.Numeric(18, 2), nullable=True),
        sa.Column("owner", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("snoozed_until", sa.DateTime(), nullable=True),
        sa.Column("changed_by", sa.String(length=120), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_alerts")),
        sa.UniqueConstraint("customer_id", "silent_since", name=op.f("uq_alerts_customer_id_silent_since")),
    )
    op.create_index(op.f("ix_alerts_as_of"), "alerts", ["as_of"], unique=False)


def downgrade() -> None:
    """Remove the table."""
    op.drop_index(op.f("ix_alerts_as_of"), table_name="alerts")
    op.drop_table("alerts")
