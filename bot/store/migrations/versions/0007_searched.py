"""What a kept search had come to: the repaired query, how many papers have all of its words, its language."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("search_page", sa.Column("corrected", sa.Text(), nullable=True))
    op.add_column("search_page", sa.Column("exact", sa.Integer(), nullable=True))
    op.add_column("search_page", sa.Column("language", sa.Text(), nullable=True))
