"""What the chat itself says: one message of its own, under a name, and a posting of it on each channel.

Such a message is in the journal like anybody's, so that answers to it on one network hang below it on the
others, and its reactions are counted over all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import Connection

from bridge.model.chat import Chat
from bridge.model.ids import AccountId, ChannelId, GlobalId, NetworkId, PostRef
from bridge.model.posting import Content, Posting, PostingKind, PostingState, Priority
from bridge.store import messages, postings
from bridge.store.messages import OURS, Message, Revision
from bridge.store.postings import Touched


def everywhere(chat: Chat, content: Content) -> dict[ChannelId, Content]:
    """The same on each channel that is written to."""
    return {channel.id: content for channel in chat.channels if channel.writes}


def announce(
    connection: Connection,
    chat: Chat,
    name: str,
    said: Content,
    shown: Mapping[ChannelId, Content],
    kind: PostingKind,
    next_id: Callable[[], int],
    now: datetime,
) -> dict[ChannelId, int]:
    """It should exist from now on: what is ``said``, as it is ``shown`` on each channel. Gives the postings. A
    chat says each name once: said again it changes nothing, and gives the postings that there are."""
    before = own(connection, chat, name)
    if before is not None:
        return postings.channels_of(connection, chat.id, before.id)
    message = _message(chat, name, next_id(), now)
    revision = Revision(chat=chat.id, message=message.id, number=1, content=said, at=now)
    messages.add(connection, [message], [revision])
    made = [
        Posting(
            chat=chat.id,
            id=next_id(),
            kind=kind,
            network=channel.network,
            channel=channel.id,
            to=None,
            message=message.id,
            content=shown[channel.id],
            wanted=1,
            sent=0,
            state=PostingState.DUE,
            priority=Priority.ANNOUNCEMENT,
            created_at=now,
        )
        for channel in chat.channels
        if channel.id in shown
    ]
    postings.add(connection, made)
    return {one.channel: one.id for one in made if one.channel is not None}


def reword(
    connection: Connection, chat: Chat, name: str, change: Callable[[Content], Content], now: datetime
) -> Touched:
    """It should read as ``change`` makes it, wherever it is or is about to be."""
    message = own(connection, chat, name)
    touched: Touched = []
    if message is not None:
        for id in postings.channels_of(connection, chat.id, message.id).values():
            posting = postings.by_id(connection, chat.id, id)
            if posting is not None and posting.content is not None:
                content = change(posting.content)
                if content != posting.content:
                    touched += postings.rewrite(connection, chat.id, id, content, now)
    return touched


def own(connection: Connection, chat: Chat, name: str) -> Message | None:
    """What the chat said under a name."""
    found = messages.by_global(connection, OURS, [GlobalId(name)])
    return next((one for one in found if one.chat == chat.id), None)


def _message(chat: Chat, name: str, id: int, now: datetime) -> Message:
    return Message(
        chat=chat.id,
        id=id,
        platform=OURS,
        network=NetworkId(""),
        channel=ChannelId(""),
        ref=PostRef(GlobalId(name)),
        author=AccountId(""),
        author_handle="",
        author_name=chat.name,
        author_url="",
        from_host=True,
        to_bot=False,
        url="",
        places=frozenset(),
        stream="",
        parent=None,
        revision=1,
        late=False,
        held_rule="",
        held_reason="",
        created_at=now,
        seen_at=now,
        journaled_at=now,
    )
