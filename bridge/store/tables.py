"""The tables. What grows with talk has ``chat_id`` first in its key, so that it can be distributed by chat.

Times are whole microseconds since the epoch, UTC; content is compact JSON as text, so that a row
is read and written without a detour. Ids of ours are from :mod:`bridge.store.ids`.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table, Text, UniqueConstraint

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _word(name: str, *, primary_key: bool = False, default: str | None = "") -> Column[str]:
    return Column(name, String, primary_key=primary_key, nullable=False, server_default=default)


def _time(name: str, *, nullable: bool = True) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


message = Table(
    "message",
    metadata,
    _word("chat_id", primary_key=True, default=None),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    _word("platform"),
    _word("network"),
    _word("channel_id"),
    _word("global_id"),
    _word("remote_id"),
    _word("author"),
    _word("author_handle"),
    _word("author_name"),
    _word("author_url"),
    Column("from_host", Boolean, nullable=False),
    Column("to_bot", Boolean, nullable=False),
    _word("url"),
    _word("places"),  # JSON array
    _word("stream"),
    Column("parent_id", BigInteger),  # the message that it answers, where we hold it
    Column("revision", Integer, nullable=False),
    Column("late", Boolean, nullable=False),
    _word("held_rule"),
    _word("held_reason"),
    _time("created_at", nullable=False),
    _time("seen_at", nullable=False),
    _time("journaled_at", nullable=False),
    _time("edited_at"),
    _time("deleted_at"),
    UniqueConstraint("platform", "global_id", "chat_id"),  # found in all chats by the first two
    Index("ix_message_author", "chat_id", "platform", "author"),
    Index("ix_message_network_created", "network", "created_at"),
    Index("ix_message_url", "url"),
)

revision = Table(
    "revision",
    metadata,
    _word("chat_id", primary_key=True, default=None),
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False),  # JSON: text, content warning, language, media
    _time("at", nullable=False),
)

posting = Table(
    "posting",
    metadata,
    _word("chat_id", primary_key=True, default=None),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    _word("kind"),  # copy, digest, note, ballot, result
    Column("message_id", BigInteger),  # of a copy
    _word("network"),
    _word("channel_id"),  # empty for a note
    _word("to_account"),  # of a note
    Column("content", Text),  # JSON, of what is no copy
    Column("wanted", Integer, nullable=False),  # the revision that should exist; 0: nothing
    Column("sent", Integer, nullable=False),  # the revision that exists
    _word("state"),  # due, done, held, digest, digested, refused, gone
    _word("reason"),
    Column("priority", Integer, nullable=False),
    _time("not_before"),
    _time("created_at", nullable=False),
    _time("wanted_at", nullable=False),
    _time("sent_at"),  # when it was first complete
    _time("closed_at"),  # when the latest difference was closed
    UniqueConstraint("chat_id", "message_id", "channel_id"),
    # Workers look for what is due, never for a position: the index holds only that.
    Index(
        "ix_posting_due",
        "network",
        "channel_id",
        "id",
        sqlite_where=Column("state", String) == "due",
        postgresql_where=Column("state", String) == "due",
    ),
)

part = Table(
    "part",
    metadata,
    _word("chat_id", primary_key=True, default=None),
    Column("posting_id", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("generation", Integer, nullable=False),  # counts posts made anew under this number
    Column("revision", Integer, nullable=False),
    Column("content", Text, nullable=False),  # JSON, frozen before the first try
    _word("operation"),  # post, edit, delete
    _word("state"),  # ready, begun, done, removed, refused
    _word("key"),
    _word("network"),
    _word("platform"),
    Column("global_id", String),
    _word("remote_id"),
    _word("url"),
    _time("began_at"),
    _time("done_at"),
    Index("ix_part_global", "platform", "global_id"),
    Index("ix_part_network_done", "network", "done_at"),
    Index(
        "ix_part_url",
        "url",
        sqlite_where=Column("url", String) != "",
        postgresql_where=Column("url", String) != "",
    ),
    Index(
        "ix_part_begun",
        "network",
        sqlite_where=Column("state", String) == "begun",
        postgresql_where=Column("state", String) == "begun",
    ),
)

reaction = Table(
    "reaction",
    metadata,
    _word("chat_id", primary_key=True, default=None),
    _word("platform", primary_key=True, default=None),
    _word("post", primary_key=True, default=None),  # the global id of what was reacted to: theirs or our copy
    _word("kind", primary_key=True, default=None),
    _word("by", primary_key=True, default=None),  # empty: a total as the server tells it
    Column("message_id", BigInteger, nullable=False),
    _word("reaction_id"),
    Column("total", Integer, nullable=False),
    Index("ix_reaction_message", "chat_id", "message_id"),
    Index("ix_reaction_id", "platform", "reaction_id"),
)

poll = Table(
    "poll",
    metadata,
    _word("chat_id", primary_key=True, default=None),
    Column("id", Integer, primary_key=True, autoincrement=False),  # counts the chat's polls from 1
    Column("question", Text, nullable=False),
    Column("options", Text, nullable=False),  # JSON: [[text, short form], ...]
    Column("multiple", Boolean, nullable=False),
    _word("tie"),  # first, draw, moderators
    _word("opened_by"),
    _time("opens_at", nullable=False),
    _time("closes_at", nullable=False),
    _time("closed_at"),  # when its result was made
)

ballot = Table(
    "ballot",
    metadata,
    _word("chat_id", primary_key=True, default=None),
    Column("poll_id", Integer, primary_key=True, autoincrement=False),
    _word("channel_id", primary_key=True, default=None),
    _word("network"),
    Column("posting_id", BigInteger, nullable=False),
    _word("form"),  # native, lettered, reply
    _word("counts"),  # JSON array of votes by option, where the network tells numbers only
    Column("voters", Integer),
    _time("counted_at"),
    Column("lost", Integer, nullable=False, server_default="0"),  # votes that the network no longer counts
    Index("ix_ballot_posting", "chat_id", "posting_id"),
)

vote = Table(
    "vote",
    metadata,
    _word("chat_id", primary_key=True, default=None),
    Column("poll_id", Integer, primary_key=True, autoincrement=False),
    _word("platform", primary_key=True, default=None),
    _word("vote", primary_key=True, default=None),  # the global id of the post, message or event that it is
    _word("network"),
    _word("voter"),
    _word("choices"),  # JSON array of positions from 0; empty: spoilt
    _time("at", nullable=False),
    Index("ix_vote_vote", "platform", "vote"),
)

session = Table(
    "session",
    metadata,
    _word("chat_id", primary_key=True, default=None),
    _word("id", primary_key=True, default=None),  # its key in the calendar
    Column("number", Integer),
    _time("begins_at", nullable=False),
    _time("ends_at", nullable=False),
    Column("hosts", Text, nullable=False),  # JSON array
    Column("theme", Text, nullable=False),
    Column("questions", Text, nullable=False),  # JSON: [[text, minute or null], ...]
    Column("shortlist", Text, nullable=False),  # JSON: [[text, short form], ...]
    Column("confirmed", Boolean, nullable=False),
    Column("poll_id", Integer),
    Column("introduction", Text, nullable=False),
    Column("highlights", Text, nullable=False),  # JSON array of messages
    Index("ix_session_begins", "chat_id", "begins_at"),
)

step = Table(
    "step",
    metadata,
    _word("chat_id", primary_key=True, default=None),
    _word("session_id", primary_key=True, default=None),
    _word("name", primary_key=True, default=None),  # welcome, q1, ...
    _word("state"),  # waiting, done, skipped, missed
    _time("at"),  # instead of when the programme says
    Column("text", Text, nullable=False),  # instead of the template
    Column("said", Text, nullable=False),
    Column("note", Text, nullable=False),
    _time("ended_at"),
)

suggestion = Table(
    "suggestion",
    metadata,
    _word("chat_id", primary_key=True, default=None),
    _word("platform", primary_key=True, default=None),
    _word("post", primary_key=True, default=None),  # the global id of the post or message that says it
    _word("author"),
    _word("author_name"),
    Column("text", Text, nullable=False),
    Column("private", Boolean, nullable=False),
    _time("at", nullable=False),
    Index("ix_suggestion_at", "chat_id", "at"),
)

account = Table(
    "account",
    metadata,
    _word("platform", primary_key=True, default=None),
    _word("account", primary_key=True, default=None),
    _word("handle"),
    _time("stopped_at"),  # said stop, and not start since
    _time("nobridge_at"),  # the profile says #nobridge
)

pending = Table(
    "pending",
    metadata,
    _word("chat_id", primary_key=True, default=None),
    _word("platform", primary_key=True, default=None),
    _word("account", primary_key=True, default=None),
    Column("words", Text, nullable=False),  # a command that does what it says once they say yes
    _time("at", nullable=False),
)

channel = Table(
    "channel",
    metadata,
    _word("chat_id", primary_key=True, default=None),
    _word("channel_id", primary_key=True, default=None),
    _time("opened_at", nullable=False),  # nothing from before it is relayed
    _time("digest_at"),  # up to when the last digest told
)

cursor = Table(
    "cursor",
    metadata,
    _word("network", primary_key=True, default=None),
    _word("stream", primary_key=True, default=None),
    _word("cursor"),
    _time("at", nullable=False),
)

spend = Table(
    "spend",
    metadata,
    _word("network", primary_key=True, default=None),
    _word("operation", primary_key=True, default=None),
    Column("minute", BigInteger, primary_key=True, autoincrement=False),  # minutes since the epoch
    Column("units", Integer, nullable=False),
    Column("micro_usd", BigInteger, nullable=False),
)

network = Table(
    "network",
    metadata,
    _word("network", primary_key=True, default=None),
    _word("platform"),
    Column("paused", Boolean, nullable=False),
    _word("state"),  # up, waiting, down, stopped
    _word("state_reason"),
    _time("since"),
    _time("next_at"),
    _word("last_error"),
    _time("last_error_at"),
    _time("last_event_at"),
    Column("lag_us", BigInteger),  # of the latest copy: from seen to sent
)
