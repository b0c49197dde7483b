"""What people decide about records of customers."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table `rulings`."""
    op.create_table(
        "rulings",
        sa.Column("ruling_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("left_system", sa.String(length=40), nullable=False),
        sa.Column("left_ref", sa.String(length=200), nullable=False),
        sa.Column("right_system", sa.String(length=40), nullable=False),
        sa.Column("right_ref", sa.String(length=200), nullable=False),
        sa.Column("same", sa.Boolean(), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("ruled_at", sa.DateTime(), nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("ruling_id", name=op.f("pk_rulings")),
    )


def downgrade() -> None:
    """Remove the table."""
    op.drop_table("rulings")
