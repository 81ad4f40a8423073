"""Commands among what people say: to the bot in private, by mention, and in the moderators' room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from bridge.commands import registry
from bridge.commands.command import Context, Who
from bridge.commands.hosting import SUGGEST
from bridge.commands.parsing import Line, Meant, Misformed, Parsed, Unknown, line_of
from bridge.intake.handlers import Answer, Handler, Heard
from bridge.model.chat import Book, Role
from bridge.polls.conduct import Native
from bridge.polls.voting import Going
from bridge.store import accounts, polls


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Intake's handlers: ``commands`` comes before the one that knows votes, since a command is never one, and
    ``otherwise`` after it; ``room`` hears the moderators' rooms. ``going`` is told of a poll that a command
    opens, before its ballots can be seen."""

    book: Book
    native: Native
    going: Going
    next_id: Callable[[], int]
    now: Callable[[], datetime]

    def commands(self, connection: Connection) -> Handler:
        """Takes what this person may say."""
        return partial(self._command, connection)

    def otherwise(self, connection: Connection) -> Handler:
        """Answers in private what is said to the bot and is no such command, where it was meant as one."""
        return partial(self._no_command, connection)

    def room(self, connection: Connection) -> Handler:
        """Takes commands of hosts and those above them; their talk is left alone."""
        return partial(self._in_room, connection)

    def _command(self, connection: Connection, heard: Heard) -> Answer | None:
        self._meet(connection, heard)
        if heard.edited or not (heard.private or heard.to_bot):
            return None
        context, said = self._context(connection, heard), self._line(heard)
        parsed = registry.meant(context, said)
        done = _is_command(parsed) and registry.allowed(context, parsed)
        return self._done(context, said) if done else None

    def _no_command(self, connection: Connection, heard: Heard) -> Answer | None:
        if heard.edited or not (heard.private or heard.to_bot):
            return None
        context, said = self._context(connection, heard), self._line(heard)
        parsed = registry.meant(context, said)
        return self._done(context, said) if heard.private or _is_meant(context, said, parsed) else None

    def _in_room(self, connection: Connection, heard: Heard) -> Answer | None:
        self._meet(connection, heard)
        context, said = self._context(connection, heard), self._line(heard)
        if context.who.role < Role.HOST:
            return None
        addressed = heard.to_bot or said.marked
        if not addressed and not _is_command(registry.meant(context, said)):
            return None
        return self._done(context, said)

    def _done(self, context: Context, said: Line) -> Answer:
        reply = registry.answer(context, said)
        self.going.polls = tuple(kept.poll for kept in polls.still_open(context.connection))
        return Answer(text=reply.text, touched=reply.touched)

    def _meet(self, connection: Connection, heard: Heard) -> None:
        """Whoever wants to tell moderators something has to know their accounts; config.yaml has handles only."""
        if self.book.chats[heard.chat].role(heard.network, heard.author.handle) >= Role.MODERATOR:
            accounts.meet(connection, heard.platform, heard.author.account, heard.author.handle)

    def _line(self, heard: Heard) -> Line:
        return line_of(heard.text, self.book.chats[heard.chat].hashtags)

    def _context(self, connection: Connection, heard: Heard) -> Context:
        chat = self.book.chats[heard.chat]
        author = heard.author
        who = Who(
            name=author.handle,
            role=chat.role(heard.network, author.handle),
            network=heard.network,
            platform=heard.platform,
            account=author.account,
        )
        now = self.now()
        return Context(
            connection=connection,
            book=self.book,
            chat=chat,
            native=self.native,
            who=who,
            next_id=self.next_id,
            now=now,
            said_at=now,
        )


def _is_command(parsed: Parsed) -> bool:
    """One that is done here: suggestions are left to who collects them."""
    return isinstance(parsed, Meant) and parsed.command is not SUGGEST


def _is_meant(context: Context, said: Line, parsed: Parsed) -> bool:
    """In public, is it meant as a command, or talk? ``stop giving homework`` is talk, ``!help me`` is not, and one
    word that is nearly a command is one with a typing error."""
    match parsed:
        case Meant():
            return _is_command(parsed)
        case Misformed():
            return said.marked and registry.allowed(context, parsed)
        case Unknown(near=None, single=single):
            return said.marked and single
        case Unknown(single=single):
            return registry.allowed(context, parsed) and (single or context.who.role >= Role.HOST)
