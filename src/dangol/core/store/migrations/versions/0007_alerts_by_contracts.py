"""Warnings that rest on contracts or on a list of who left, beside those that rest on orders."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BEFORE, AFTER = "uq_alerts_customer_id_silent_since", "uq_alerts_customer_id_basis_since"


def upgrade() -> None:
    """Say what each warning rests on; all there are rest on orders."""
    with op.batch_alter_table("alerts") as table:
        table.add_column(sa.Column("basis", sa.String(length=12), nullable=False, server_default="orders"))
        table.drop_constraint(op.f(BEFORE), type_="unique")
        table.alter_column("silent_since", new_column_name="since", existing_type=sa.DateTime(), existing_nullable=False)
        table.alter_column("days_left", existing_type=sa.Double(), nullable=True)
        table.alter_column("signs", existing_type=sa.String(length=120), type_=sa.String(length=200), existing_nullable=False)
    with op.batch_alter_table("alerts") as table:
        table.alter_column("basis", existing_type=sa.String(length=12), existing_nullable=False, server_default=None)
        table.create_unique_constraint(op.f(AFTER), ["customer_id", "basis", "since"])


def downgrade() -> None:
    """Keep those that rest on orders."""
    op.execute(sa.text("DELETE FROM alerts WHERE basis <> 'orders'"))
    with op.batch_alter_table("alerts") as table:
        table.drop_constraint(op.f(AFTER), type_="unique")
        table.drop_column("basis")
        table.alter_column("since", new_column_name="silent_since", existing_type=sa.DateTime(), existing_nullable=False)
        table.alter_column("days_left", existing_type=sa.Double(), nullable=False)
        table.alter_column("signs", existing_type=sa.String(length=200), type_=sa.String(length=120), existing_nullable=False)
    with op.batch_alter_table("alerts") as table:
        table.create_unique_constraint(op.f(BEFORE), ["customer_id", "silent_since"])
