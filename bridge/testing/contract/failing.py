"""What goes wrong: told as it is, so that the core knows whether to wait, to look, or to give up."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from bridge.adapter import (
    Absent,
    Adapter,
    Attempt,
    Duplicate,
    NetworkError,
    RateLimited,
    Receipt,
    Sandbox,
    Unavailable,
    Uncertain,
)
from bridge.model.ids import Key
from bridge.model.message import Outgoing
from bridge.testing.contract.harness import Suite, key, only, require, word


class FailingContract(Suite):
    async def test_a_lost_answer_is_uncertain_and_the_post_is_found(self, sandbox: Sandbox, adapter: Adapter) -> None:
        said = word()
        attempt = await self._lost(sandbox, adapter, self.outgoing(sandbox, f"Did it arrive? {said}"))
        found = only(await self.found(adapter, attempt))
        shown = await self.seen(sandbox.stage, sandbox.channels[0], lambda post: said in post.text)
        require(
            [post.id for post in shown] == [found],
            core="takes what find found for the post that was made.",
            you=f"found {found!r}; readers see {shown!r}.",
            mend="give the post's global id.",
        )

    async def test_a_lost_answer_and_the_same_key_again(self, sandbox: Sandbox, adapter: Adapter) -> None:
        limits = await adapter.limits(self.channel(sandbox))
        if not limits.idempotent_for or limits.settles_in > timedelta(seconds=self.patience):
            pytest.skip("the core would ask find instead")
        said = word()
        attempt = await self._lost(sandbox, adapter, self.outgoing(sandbox, f"Once more: {said}"))
        settled_in = attempt.began_at + limits.settles_in - datetime.now(UTC)
        await asyncio.sleep(max(settled_in.total_seconds(), 0))
        receipt = await adapter.post(attempt.post, attempt.key)
        shown = await self.seen(sandbox.stage, sandbox.channels[0], lambda post: said in post.text)
        require(
            [post.id for post in shown] == [receipt.ref.id],
            core="sends again under the same key while Limits.idempotent_for lasts.",
            you=f"answered {receipt.ref!r}; readers see {shown!r}.",
            mend="hand the key to the server, or set Limits.idempotent_for to zero.",
        )

    async def test_what_belongs_to_another_send_is_not_found(self, sandbox: Sandbox, adapter: Adapter) -> None:
        post = self.outgoing(sandbox, f"Welcome to this week's chat! {word()}")
        began = datetime.now(UTC)
        first = await adapter.post(post, key())
        try:
            attempt = await self._lost(sandbox, adapter, post)
        except Duplicate:
            pytest.skip("the platform refuses the same text twice, which tells as much")
        claimed = Attempt(
            post=post, key=attempt.key, began_at=began, claimed=frozenset({first.ref.id})
        )  # began_at as if both had begun together
        found = only(await self.found(adapter, claimed))
        require(
            found != first.ref.id,
            core="has given that post to another send already, and would lose this one.",
            you=f"found {found!r}, which is claimed.",
            mend="leave out what is in Attempt.claimed.",
        )

    async def test_what_was_never_sent_is_absent(self, sandbox: Sandbox, adapter: Adapter) -> None:
        post = self.outgoing(sandbox, f"Never sent: {word()}")
        said = await self.found(adapter, Attempt(post=post, key=key(), began_at=datetime.now(UTC)))
        require(
            isinstance(said, Absent),
            core="sends only what is surely absent, and waits for ever otherwise.",
            you=f"answered {said!r} for what was never sent.",
            mend="answer Absent once our own posts since the attempt began do not hold it.",
        )

    async def test_a_server_error_passes(self, sandbox: Sandbox, adapter: Adapter) -> None:
        said, name = word(), key()
        post = self.outgoing(sandbox, f"At the second try: {said}")
        await self.staged(sandbox.stage.fail(1), "answer with a server error")
        error = await _error_of(adapter, post, name)
        require(
            isinstance(error, Unavailable | Uncertain),
            core="waits after Unavailable, asks find after Uncertain, and gives a post up after Rejected.",
            you=f"raised {error!r} for a server error.",
            mend="raise Unavailable where the server says that it did nothing, Uncertain where it may have.",
        )
        if isinstance(error, Uncertain):
            await self.found(adapter, Attempt(post=post, key=name, began_at=datetime.now(UTC)))
        await self._posted_at_last(adapter, post, name)
        shown = await self.seen(sandbox.stage, sandbox.channels[0], lambda seen: said in seen.text)
        require(
            len(shown) == 1,
            core="tries again.",
            you=f"left readers with {shown!r}.",
            mend="promise by any other error than Uncertain that nothing was posted.",
        )

    async def test_a_rate_limit_says_until_when(self, sandbox: Sandbox, adapter: Adapter) -> None:
        said, name = word(), key()
        post = self.outgoing(sandbox, f"Not so fast: {said}")
        await self.staged(sandbox.stage.throttle(1, 2.0), "throttle")
        began = datetime.now(UTC)
        error = await _error_of(adapter, post, name)
        took = datetime.now(UTC) - began
        require(
            isinstance(error, RateLimited),
            core="lets the network rest after RateLimited, and after nothing else.",
            you=f"raised {error!r} for a rate limit (a client library that waits by itself blocks all channels).",
            mend="raise RateLimited.",
        )
        assert isinstance(error, RateLimited)
        require(
            error.until.tzinfo is not None and began < error.until < began + timedelta(minutes=16),
            core="sends nothing until then.",
            you=f"said until {error.until!r}, asked at {began!r} for a limit of 2 seconds.",
            mend="read the reset time that the server gives, as an aware time.",
        )
        require(
            took < timedelta(seconds=self.prompt),
            core="spends its own waiting on other channels.",
            you=f"took {took.total_seconds():.1f} s to say so.",
            mend="do not wait in the adapter.",
        )
        await self._posted_at_last(adapter, post, name)
        shown = await self.seen(sandbox.stage, sandbox.channels[0], lambda seen: said in seen.text)
        require(
            len(shown) == 1,
            core="sends what waited when the time is over.",
            you=f"left readers with {shown!r}.",
            mend="promise by RateLimited that nothing was posted.",
        )

    async def _lost(self, sandbox: Sandbox, adapter: Adapter, post: Outgoing) -> Attempt:
        """Send a post so that it is made and the answer lost."""
        await self.staged(sandbox.stage.crash_after_send(1), "lose an answer")
        began, name = datetime.now(UTC), key()
        error = await _error_of(adapter, post, name)
        if isinstance(error, Duplicate):
            raise error
        require(
            isinstance(error, Uncertain),
            core="asks find after Uncertain, and after any other error sends again: twice, then.",
            you=f"raised {error!r} when the request had left and no answer came.",
            mend="raise Uncertain for time-outs and connections that end after the request was written.",
        )
        return Attempt(post=post, key=name, began_at=began)

    async def _posted_at_last(self, adapter: Adapter, post: Outgoing, name: Key) -> Receipt:
        """Try as the core would, with the patience of the suite."""
        until = time.monotonic() + self.patience
        while True:
            try:
                return await adapter.post(post, name)
            except NetworkError as error:
                if time.monotonic() > until:
                    raise
                wait = error.until - datetime.now(UTC) if isinstance(error, RateLimited) else timedelta(seconds=0.1)
                await asyncio.sleep(min(max(wait.total_seconds(), 0), 1.0))


async def _error_of(adapter: Adapter, post: Outgoing, name: Key) -> Exception | None:
    try:
        await adapter.post(post, name)
    except Exception as error:
        return error
    return None
