"""Cursors: a bridge that stops, however it stops, loses nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bridge.adapter import Adapter, CaughtUp, Checkpoint, Deleted, Edited, Event, Lookup, Posted, Sandbox
from bridge.model.ids import Cursor, Stream
from bridge.testing.contract.harness import Ear, Suite, listening, require, word


class ResumingContract(Suite):
    async def test_the_first_event_of_a_stream_is_a_checkpoint(self, sandbox: Sandbox, adapter: Adapter) -> None:
        async with listening(adapter, self.patience) as ear:
            await self.tuned_in(ear, sandbox.stage, sandbox.channels[0])
            await ear.checkpoint()
        marked: set[Stream] = set()
        for event in ear.events:
            if isinstance(event, Checkpoint):
                marked.add(event.stream)
            elif isinstance(event, Posted | Edited):
                require(
                    event.stream in marked,
                    core="after a crash starts a stream without a cursor now, and so loses what came before its "
                    "first checkpoint.",
                    you=f"gave {type(event).__name__} of the stream {event.stream!r} before any checkpoint of it.",
                    mend="give a Checkpoint of where a stream starts before its first event, and name the stream "
                    "of each event as its checkpoints do.",
                )

    async def test_without_a_cursor_it_starts_now(self, sandbox: Sandbox, tmp_path: Path) -> None:
        channel, stage = sandbox.channels[0], sandbox.stage
        async with self.open(sandbox, tmp_path / "first") as adapter, listening(adapter, self.patience) as ear:
            before = await self.tuned_in(ear, stage, channel)
        async with self.open(sandbox, tmp_path / "second") as adapter, listening(adapter, self.patience) as ear:
            await self.tuned_in(ear, stage, channel)
            given = [e for e in ear.events if isinstance(e, Posted) and e.post.ref.id == before]
        require(
            not given,
            core="takes what comes for new, so a bridge that is set up would repeat the past on every network.",
            you="gave a post from before the start, though it was handed no cursor.",
            mend="start at the end of a stream for which no cursor is given.",
        )

    async def test_a_restart_from_any_checkpoint_loses_nothing(self, sandbox: Sandbox, tmp_path: Path) -> None:
        channel, stage = sandbox.channels[0], sandbox.stage
        async with self.open(sandbox, tmp_path / "first") as adapter, listening(adapter, self.patience) as ear:
            await self.tuned_in(ear, stage, channel)
            await ear.checkpoint()
            begun = len(ear.events)
            made = [await stage.post(channel, f"{n}: {word()}") for n in range(1, 5)]
            for id in made:
                await ear.post(id)
            await ear.checkpoint()
            snapshots = _snapshots(ear.events, begun)
        for number, (cursors, heard) in enumerate(_spread(snapshots)):
            async with (
                self.open(sandbox, tmp_path / str(number)) as adapter,
                listening(adapter, self.patience, cursors) as ear,
            ):
                for id in made:
                    if id not in heard:
                        await self._heard_again(ear, id, cursors)

    async def _heard_again(self, ear: Ear, id: str, cursors: Mapping[Stream, Cursor]) -> None:
        await ear.hear(
            lambda event: isinstance(event, Posted) and event.post.ref.id == id,
            f"Posted {id} after a restart from {dict(cursors)!r}, which it did not cover (a checkpoint comes after "
            "the last event that it covers, never before)",
        )

    async def test_what_was_said_while_away_arrives_in_order(self, sandbox: Sandbox, tmp_path: Path) -> None:
        channel, stage = sandbox.channels[0], sandbox.stage
        async with self.open(sandbox, tmp_path / "first") as adapter, listening(adapter, self.patience) as ear:
            await self.tuned_in(ear, stage, channel)
            cursors = await ear.checkpoint()
        made = [await stage.post(channel, f"{n}: {word()}") for n in range(1, 5)]
        async with (
            self.open(sandbox, tmp_path / "second") as adapter,
            listening(adapter, self.patience, cursors) as ear,
        ):
            for id in made:
                await ear.post(id)
            live = await self.tuned_in(ear, stage, channel)
        told = dict.fromkeys(e.post.ref.id for e in ear.events if isinstance(e, Posted))
        heard = [id for id in told if id in made or id == live]
        require(
            heard == [*made, live],
            core="relays in the order in which it hears.",
            you=f"gave {heard} for {[*made, live]}.",
            mend="give catch-up oldest first, and keep live events of a stream back until it is done.",
        )

    async def test_what_was_edited_or_deleted_while_away_can_be_known(self, sandbox: Sandbox, tmp_path: Path) -> None:
        channel, stage = sandbox.channels[0], sandbox.stage
        async with self.open(sandbox, tmp_path / "first") as adapter, listening(adapter, self.patience) as ear:
            edited = await ear.post(await self.tuned_in(ear, stage, channel))
            deleted = await ear.post(await stage.post(channel, f"Soon gone: {word()}"))
            cursors = await ear.checkpoint()
        better = word()
        await self.staged(stage.edit(edited.ref.id, f"Better: {better}"), "edit")
        await self.staged(stage.delete(deleted.ref.id), "delete")
        async with (
            self.open(sandbox, tmp_path / "second") as adapter,
            listening(adapter, self.patience, cursors) as ear,
        ):
            if isinstance(adapter, Lookup):
                caught_up = await ear.hear(lambda e: isinstance(e, CaughtUp), "CaughtUp, so that Lookup is asked")
                assert isinstance(caught_up, CaughtUp)
                now = await adapter.lookup([edited.ref, deleted.ref])
                still = now.get(edited.ref.id)
                require(
                    still is not None and better in still.text.plain and now.get(deleted.ref.id, still) is None,
                    core="asks Lookup after CaughtUp, and makes the copies read as it says.",
                    you=f"said {dict(now)!r} of a post that now reads {better!r} and of one that is gone.",
                    mend="give each post as it reads now, and None for one that is surely gone.",
                )
                return
            await ear.hear(lambda e: isinstance(e, Edited) and better in e.post.text.plain, "Edited, or have Lookup")
            await ear.hear(lambda e: isinstance(e, Deleted) and e.post == deleted.ref.id, "Deleted, or have Lookup")

    async def test_a_cut_wire_loses_nothing(self, sandbox: Sandbox, adapter: Adapter) -> None:
        channel, stage = sandbox.channels[0], sandbox.stage
        async with listening(adapter, self.patience) as ear:
            await self.tuned_in(ear, stage, channel)
            await self.staged(stage.cut(1.0), "cut the wire")
            made = [await stage.post(channel, f"Unheard at first: {word()}") for _ in range(3)]
            for id in made:
                await ear.post(id)
            await self.tuned_in(ear, stage, channel)


Snapshot = tuple[dict[Stream, Cursor], frozenset[str]]


def _snapshots(events: list[Event], begun: int) -> list[Snapshot]:
    """At each checkpoint from the position ``begun`` on: the cursors, and the posts given until then."""
    cursors: dict[Stream, Cursor] = {}
    given: set[str] = set()
    snapshots: list[Snapshot] = []
    for number, event in enumerate(events):
        if isinstance(event, Posted):
            given.add(event.post.ref.id)
        if isinstance(event, Checkpoint):
            cursors[event.stream] = event.cursor
            if number >= begun - 1:
                snapshots.append((dict(cursors), frozenset(given)))
    return snapshots


def _spread(snapshots: list[Snapshot]) -> list[Snapshot]:
    """The first, one in the middle, and the last: each costs a restart."""
    return [snapshots[n] for n in sorted({0, len(snapshots) // 2, len(snapshots) - 1}) if snapshots]
