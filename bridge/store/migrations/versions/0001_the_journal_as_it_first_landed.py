"""The journal as it first landed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("handle", sa.String(), server_default="", nullable=False),
        sa.Column("stopped_at", sa.BigInteger(), nullable=True),
        sa.Column("nobridge_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("platform", "account", name=op.f("pk_account")),
    )
    op.create_table(
        "channel",
        sa.Column("chat_id", sa.String(), nullable=False),
        sa.Column("channel_id", sa.String(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("digest_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("chat_id", "channel_id", name=op.f("pk_channel")),
    )
    op.create_table(
        "cursor",
        sa.Column("network", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("cursor", sa.String(), server_default="", nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("network", "stream", name=op.f("pk_cursor")),
    )
    op.create_table(
        "message",
        sa.Column("chat_id", sa.String(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("platform", sa.String(), server_default="", nullable=False),
        sa.Column("network", sa.String(), server_default="", nullable=False),
        sa.Column("channel_id", sa.String(), server_default="", nullable=False),
        sa.Column("global_id", sa.String(), server_default="", nullable=False),
        sa.Column("remote_id", sa.String(), server_default="", nullable=False),
        sa.Column("author", sa.String(), server_default="", nullable=False),
        sa.Column("author_handle", sa.String(), server_default="", nullable=False),
        sa.Column("author_name", sa.String(), server_default="", nullable=False),
        sa.Column("author_url", sa.String(), server_default="", nullable=False),
        sa.Column("from_host", sa.Boolean(), nullable=False),
        sa.Column("to_bot", sa.Boolean(), nullable=False),
        sa.Column("url", sa.String(), server_default="", nullable=False),
        sa.Column("places", sa.String(), server_default="", nullable=False),
        sa.Column("stream", sa.String(), server_default="", nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("held_rule", sa.String(), server_default="", nullable=False),
        sa.Column("held_reason", sa.String(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("journaled_at", sa.BigInteger(), nullable=False),
        sa.Column("edited_at", sa.BigInteger(), nullable=True),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("chat_id", "id", name=op.f("pk_message")),
        sa.UniqueConstraint("platform", "global_id", "chat_id", name=op.f("uq_message_platform_global_id_chat_id")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index("ix_message_author", ["chat_id", "platform", "author"], unique=False)
        batch_op.create_index("ix_message_network_created", ["network", "created_at"], unique=False)
        batch_op.create_index("ix_message_url", ["url"], unique=False)

    op.create_table(
        "network",
        sa.Column("network", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), server_default="", nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), server_default="", nullable=False),
        sa.Column("state_reason", sa.String(), server_default="", nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=True),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.String(), server_default="", nullable=False),
        sa.Column("last_error_at", sa.BigInteger(), nullable=True),
        sa.Column("last_event_at", sa.BigInteger(), nullable=True),
        sa.Column("lag_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("network", name=op.f("pk_network")),
    )
    op.create_table(
        "part",
        sa.Column("chat_id", sa.String(), nullable=False),
        sa.Column("posting_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("operation", sa.String(), server_default="", nullable=False),
        sa.Column("state", sa.String(), server_default="", nullable=False),
        sa.Column("key", sa.String(), server_default="", nullable=False),
        sa.Column("network", sa.String(), server_default="", nullable=False),
        sa.Column("platform", sa.String(), server_default="", nullable=False),
        sa.Column("global_id", sa.String(), nullable=True),
        sa.Column("remote_id", sa.String(), server_default="", nullable=False),
        sa.Column("url", sa.String(), server_default="", nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=True),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("chat_id", "posting_id", "number", name=op.f("pk_part")),
    )
    with op.batch_alter_table("part", schema=None) as batch_op:
        batch_op.create_index(
            "ix_part_begun",
            ["network"],
            unique=False,
            sqlite_where=sa.text("state = 'begun'"),
            postgresql_where=sa.text("state = 'begun'"),
        )
        batch_op.create_index("ix_part_global", ["platform", "global_id"], unique=False)
        batch_op.create_index("ix_part_network_done", ["network", "done_at"], unique=False)
        batch_op.create_index(
            "ix_part_url",
            ["url"],
            unique=False,
            sqlite_where=sa.text("url != ''"),
            postgresql_where=sa.text("url != ''"),
        )

    op.create_table(
        "posting",
        sa.Column("chat_id", sa.String(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), server_default="", nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("network", sa.String(), server_default="", nullable=False),
        sa.Column("channel_id", sa.String(), server_default="", nullable=False),
        sa.Column("to_account", sa.String(), server_default="", nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), server_default="", nullable=False),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("wanted_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("chat_id", "id", name=op.f("pk_posting")),
        sa.UniqueConstraint(
            "chat_id", "message_id", "channel_id", name=op.f("uq_posting_chat_id_message_id_channel_id")
        ),
    )
    with op.batch_alter_table("posting", schema=None) as batch_op:
        batch_op.create_index(
            "ix_posting_due",
            ["network", "channel_id", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'due'"),
            postgresql_where=sa.text("state = 'due'"),
        )

    op.create_table(
        "reaction",
        sa.Column("chat_id", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("post", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("reaction_id", sa.String(), server_default="", nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "platform", "post", "kind", "by", name=op.f("pk_reaction")),
    )
    with op.batch_alter_table("reaction", schema=None) as batch_op:
        batch_op.create_index("ix_reaction_id", ["platform", "reaction_id"], unique=False)
        batch_op.create_index("ix_reaction_message", ["chat_id", "message_id"], unique=False)

    op.create_table(
        "revision",
        sa.Column("chat_id", sa.String(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "message_id", "number", name=op.f("pk_revision")),
    )
    op.create_table(
        "spend",
        sa.Column("network", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("minute", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("micro_usd", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("network", "operation", "minute", name=op.f("pk_spend")),
    )


def downgrade() -> None:
    op.drop_table("spend")
    op.drop_table("revision")
    with op.batch_alter_table("reaction", schema=None) as batch_op:
        batch_op.drop_index("ix_reaction_message")
        batch_op.drop_index("ix_reaction_id")

    op.drop_table("reaction")
    with op.batch_alter_table("posting", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_posting_due", sqlite_where=sa.text("state = 'due'"), postgresql_where=sa.text("state = 'due'")
        )

    op.drop_table("posting")
    with op.batch_alter_table("part", schema=None) as batch_op:
        batch_op.drop_index("ix_part_url", sqlite_where=sa.text("url != ''"), postgresql_where=sa.text("url != ''"))
        batch_op.drop_index("ix_part_network_done")
        batch_op.drop_index("ix_part_global")
        batch_op.drop_index(
            "ix_part_begun", sqlite_where=sa.text("state = 'begun'"), postgresql_where=sa.text("state = 'begun'")
        )

    op.drop_table("part")
    op.drop_table("network")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("ix_message_url")
        batch_op.drop_index("ix_message_network_created")
        batch_op.drop_index("ix_message_author")

    op.drop_table("message")
    op.drop_table("cursor")
    op.drop_table("channel")
    op.drop_table("account")
