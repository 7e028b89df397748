"""Workers that share lanes, and lanes that are split into parts."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")  # microseconds since 1970 on SQLite


def upgrade() -> None:
    op.create_table(
        "worker",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("serves", sa.Text(), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_worker")),
    )
    with op.batch_alter_table("lane") as batch:
        batch.add_column(sa.Column("base", sa.Text(), nullable=False, server_default=""))
    op.execute("UPDATE lane SET base = name")
    with op.batch_alter_table("lane") as batch:
        batch.alter_column("base", existing_type=sa.Text(), existing_nullable=False, server_default=None)
    op.create_index(op.f("ix_lane_base"), "lane", ["base"])
    op.create_index(op.f("ix_lane_shard"), "lane", ["shard"])
