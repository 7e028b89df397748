"""What somebody typed whose search was read as of a day."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("search_page", sa.Column("typed", sa.Text(), nullable=True))
