"""Polls, their ballots and votes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "poll",
        sa.Column("chat_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("multiple", sa.Boolean(), nullable=False),
        sa.Column("tie", sa.String(), server_default="", nullable=False),
        sa.Column("opened_by", sa.String(), server_default="", nullable=False),
        sa.Column("opens_at", sa.BigInteger(), nullable=False),
        sa.Column("closes_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("chat_id", "id", name=op.f("pk_poll")),
    )
    op.create_table(
        "ballot",
        sa.Column("chat_id", sa.String(), nullable=False),
        sa.Column("poll_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("channel_id", sa.String(), nullable=False),
        sa.Column("network", sa.String(), server_default="", nullable=False),
        sa.Column("posting_id", sa.BigInteger(), nullable=False),
        sa.Column("form", sa.String(), server_default="", nullable=False),
        sa.Column("counts", sa.String(), server_default="", nullable=False),
        sa.Column("voters", sa.Integer(), nullable=True),
        sa.Column("counted_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("chat_id", "poll_id", "channel_id", name=op.f("pk_ballot")),
    )
    with op.batch_alter_table("ballot", schema=None) as batch_op:
        batch_op.create_index("ix_ballot_posting", ["chat_id", "posting_id"], unique=False)
    op.create_table(
        "vote",
        sa.Column("chat_id", sa.String(), nullable=False),
        sa.Column("poll_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("vote", sa.String(), nullable=False),
        sa.Column("network", sa.String(), server_default="", nullable=False),
        sa.Column("voter", sa.String(), server_default="", nullable=False),
        sa.Column("choices", sa.String(), server_default="", nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "poll_id", "platform", "vote", name=op.f("pk_vote")),
    )
    with op.batch_alter_table("vote", schema=None) as batch_op:
        batch_op.create_index("ix_vote_vote", ["platform", "vote"], unique=False)
