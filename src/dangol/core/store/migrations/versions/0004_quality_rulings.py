"""What people decide about cleaning rules."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table `quality_rulings`."""
    op.create_table(
        "quality_rulings",
        sa.Column("ruling_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("ruled_at", sa.DateTime(), nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("ruling_id", name=op.f("pk_quality_rulings")),
    )
    op.create_index(op.f("ix_quality_rulings_rule"), "quality_rulings", ["rule"], unique=False)


def downgrade() -> None:
    """Remove the table."""
    op.drop_index(op.f("ix_quality_rulings_rule"), table_name="quality_rulings")
    op.drop_table("quality_rulings")
