"""What was heard in chats that number their messages by themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ASKED = sa.text("asked > answered")


def upgrade() -> None:
    op.create_table(
        "heard",
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("first_since", sa.BigInteger(), nullable=False),
        sa.Column("known", sa.Text(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("answered", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("lane", "place", name=op.f("pk_heard")),
    )
    op.create_index(op.f("ix_heard_lane"), "heard", ["lane"], sqlite_where=ASKED, postgresql_where=ASKED)
    # What others said between two posts of before is not on record.
    op.execute("INSERT INTO meta (key, value) SELECT 'heard_since', CAST(COALESCE(MAX(id), 0) AS TEXT) FROM delivery")
