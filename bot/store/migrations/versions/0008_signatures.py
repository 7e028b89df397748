"""What a digest file looked like when it was read, so that one that looks as it did need not be read again."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("digest", sa.Column("signature", sa.Text(), nullable=False, server_default=""))
