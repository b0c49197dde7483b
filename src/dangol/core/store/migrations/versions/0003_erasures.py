"""Who asked to be forgotten, and the marks by which what comes back of them is known."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables `erasures` and `tombstones`."""
    op.create_table(
        "erasures",
        sa.Column("erasure_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("erasure_id", name=op.f("pk_erasures")),
    )
    op.create_table(
        "tombstones",
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("erasure_id", sa.BigInteger(), nullable=False),
        sa.Column("erased_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["erasure_id"], ["erasures.erasure_id"], name=op.f("fk_tombstones_erasure_id")),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_tombstones")),
    )


def downgrade() -> None:
    """Remove the tables."""
    op.drop_table("tombstones")
    op.drop_table("erasures")
