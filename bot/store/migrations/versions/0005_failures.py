"""What is unknown or dead is found without reading all that was ever sent."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

FAILED = sa.text("state = 'unknown' OR state = 'dead'")


def upgrade() -> None:
    op.create_index(
        op.f("ix_delivery_state_lane_reason"),
        "delivery",
        ["state", "lane", "reason"],
        sqlite_where=FAILED,
        postgresql_where=FAILED,
    )
