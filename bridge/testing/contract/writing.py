"""What goes out: it arrives once, reads as it was meant, and can be changed and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridge.adapter import (
    Adapter,
    Ballots,
    Deletes,
    Edits,
    Gone,
    Lookup,
    Posted,
    Priced,
    PrivateMessage,
    PrivateNotes,
    Rejected,
    Replies,
    Sandbox,
    Voted,
)
from bridge.model.message import MediaFile, Outgoing
from bridge.model.poll import NativePoll
from bridge.model.text import SpanKind, Text, hashtag, join, link
from bridge.testing.contract.harness import Suite, key, listening, require, word
from bridge.testing.contract.samples import LITERAL, PNG, TEXTS, fill


class WritingContract(Suite):
    async def test_a_post_of_ours_appears_once(self, sandbox: Sandbox, adapter: Adapter) -> None:
        said, channel = word(), sandbox.channels[0]
        receipt = await adapter.post(self.outgoing(sandbox, f"Hello from afar {said}"), key())
        shown = await self.seen(sandbox.stage, channel, lambda post: said in post.text)
        require(
            [(post.id, post.mine) for post in shown] == [(receipt.ref.id, True)],
            core="takes the receipt's id for the post that readers see.",
            you=f"answered {receipt.ref!r}; readers see {shown!r}.",
            mend="give the global id of the post that was made.",
        )

    async def test_an_answer_of_ours_answers(self, sandbox: Sandbox, adapter: Adapter) -> None:
        channel, stage, said = sandbox.channels[0], sandbox.stage, word()
        limits = await adapter.limits(self.channel(sandbox))
        if limits.replies is Replies.ANYONE:
            async with listening(adapter, self.patience) as ear:
                question = (await ear.post(await self.tuned_in(ear, stage, channel))).ref
        else:
            question = (await adapter.post(self.outgoing(sandbox, f"Q1: {word()}"), key())).ref
        await adapter.post(self.outgoing(sandbox, f"A1: {said}", reply_to=question), key())
        shown = await self.seen(stage, channel, lambda post: said in post.text)
        require(
            [post.reply_to for post in shown] == [question.id],
            core="sends the copy of an answer as an answer.",
            you=f"posted {shown!r} as an answer to {question!r}.",
            mend="send Outgoing.reply_to along.",
        )

    async def test_an_edit_of_ours_replaces_the_text(self, sandbox: Sandbox, adapter: Adapter) -> None:
        editing = self.declared(adapter, Edits)
        channel, before, after = sandbox.channels[0], word(), word()
        receipt = await adapter.post(self.outgoing(sandbox, f"Before: {before}"), key())
        better, name = self.outgoing(sandbox, f"After: {after}"), key()
        await editing.edit(receipt.ref, better, name)
        await editing.edit(receipt.ref, better, name)
        shown = await self.seen(sandbox.stage, channel, lambda post: after in post.text)
        old = [post for post in await sandbox.stage.timeline(channel) if before in post.text]
        require(
            [post.id for post in shown] == [receipt.ref.id] and not old,
            core="edits a copy when its original is edited, twice if the first answer is lost.",
            you=f"left readers with {[*shown, *old]!r}.",
            mend="change the post in place, and let a repetition change nothing.",
        )

    async def test_a_deletion_of_ours_removes_the_post(self, sandbox: Sandbox, adapter: Adapter) -> None:
        deleting = self.declared(adapter, Deletes)
        channel, said = sandbox.channels[0], word()
        receipt = await adapter.post(self.outgoing(sandbox, f"Soon gone: {said}"), key())
        await self.seen(sandbox.stage, channel, lambda post: said in post.text)
        await deleting.delete(receipt.ref, self.channel(sandbox), key())
        left = await self.seen(sandbox.stage, channel, lambda post: said in post.text, count=0)
        require(
            not left,
            core="withdraws the copies of who says stop.",
            you=f"left {left!r} after a delete.",
            mend="remove the post, or do not declare Deletes.",
        )
        with suppress(Gone):  # which is as good as done
            await deleting.delete(receipt.ref, self.channel(sandbox), key())
        if isinstance(adapter, Edits):
            with suppress(Gone):  # which the core takes for somebody else's removal
                await adapter.edit(receipt.ref, self.outgoing(sandbox, f"Back again: {said}"), key())
            risen = await self.seen(sandbox.stage, channel, lambda post: said in post.text, count=0)
            require(
                not risen,
                core="may edit what somebody over there has just removed.",
                you=f"made {risen!r} of it.",
                mend="raise Gone where there is nothing to edit.",
            )

    async def test_the_same_key_posts_once(self, sandbox: Sandbox, adapter: Adapter) -> None:
        limits = await adapter.limits(self.channel(sandbox))
        if not limits.idempotent_for:
            pytest.skip("does not promise it (Limits.idempotent_for is zero)")
        said, name = word(), key()
        first = await adapter.post(self.outgoing(sandbox, f"Once: {said}"), name)
        second = await adapter.post(self.outgoing(sandbox, f"Once: {said}"), name)
        shown = await self.seen(sandbox.stage, sandbox.channels[0], lambda post: said in post.text)
        require(
            first.ref.id == second.ref.id and len(shown) == 1,
            core="sends again under the same key while Limits.idempotent_for lasts, without asking find.",
            you=f"answered {first.ref!r}, then {second.ref!r}; readers see {len(shown)} posts.",
            mend="hand the key to the server, or set Limits.idempotent_for to zero.",
        )

    async def test_literal_characters_neither_mention_nor_link(self, sandbox: Sandbox, adapter: Adapter) -> None:
        async with listening(adapter, self.patience) as ear:
            await self.tuned_in(ear, sandbox.stage, sandbox.channels[0])
            receipt = await adapter.post(self.outgoing(sandbox, f"{word()} {LITERAL}"), key())
            echo = await ear.post(receipt.ref.id)
        live = [
            (span.kind.value, echo.text.plain[span.start : span.end])
            for span in echo.text.spans
            if span.kind in (SpanKind.MENTION, SpanKind.LINK, SpanKind.HASHTAG)
            and not (self.tagged and span.target == sandbox.channels[0].lstrip("#"))
        ]
        require(
            not live,
            core="promises that a copy mentions nobody who did not ask for it, and links nothing by accident.",
            you=f"wrote {LITERAL!r} so that the platform reads {live} in it.",
            mend="write what carries no span so that the platform leaves it alone.",
        )

    async def test_links_and_hashtags_that_are_meant_are_live(self, sandbox: Sandbox, adapter: Adapter) -> None:
        address = f"https://example.org/{word()}"
        text = join([Text("See "), link(address), Text(" and "), hashtag("EdTest")])
        async with listening(adapter, self.patience) as ear:
            await self.tuned_in(ear, sandbox.stage, sandbox.channels[0])
            receipt = await adapter.post(self.outgoing(sandbox, text), key())
            echo = await ear.post(receipt.ref.id)
        links = [span.target for span in echo.text.of_kind(SpanKind.LINK)]
        require(
            address in links and "#EdTest" in echo.text.plain,
            core="links the original, and marks copies with the chat's hashtag.",
            you=f"posted {echo.text!r} for {text!r}.",
            mend="write LINK and HASHTAG spans so that the platform makes them live, and read them back whole.",
        )

    async def test_a_warning_and_a_picture_go_along(self, sandbox: Sandbox, adapter: Adapter) -> None:
        limits = await adapter.limits(self.channel(sandbox))
        warning = "exam results" if limits.content_warning else ""
        files = (MediaFile(data=PNG, mime="image/png", name="red.png", alt="a red square"),) * bool(limits.media.count)
        said = word()
        post = self.outgoing(sandbox, f"Look: {said}", media=files, content_warning=warning, language="en")
        await adapter.post(post, key())
        channel = sandbox.channels[0]
        shown = await self.seen(sandbox.stage, channel, lambda seen: said in seen.text or said in "".join(seen.alts))
        require(
            len(shown) == 1 and warning in shown[0].content_warning and len(shown[0].media) == len(files),
            core="sends as many files as Limits.media says, and a warning where there is a field for it.",
            you=f"made {shown!r} of one with {len(files)} pictures and the warning {warning!r}.",
            mend="send them along, or say in limits() that you cannot.",
        )
        require(
            not files or shown[0].alts == ("a red square",),
            core="keeps the descriptions of pictures.",
            you=f"posted the descriptions {shown[0].alts!r}.",
            mend="send MediaFile.alt along.",
        )

    async def test_what_just_fits_is_taken(self, sandbox: Sandbox, adapter: Adapter) -> None:
        limit = (await adapter.limits(self.channel(sandbox))).text
        awkward = join(
            [Text(f"{word()} {LITERAL} "), link("https://example.org/somewhere"), Text(" "), hashtag("EdTest")]
        )
        for start in (Text(word()), awkward):
            tagged = self.outgoing(sandbox, start).text
            try:
                await adapter.post(self.outgoing(sandbox, fill(tagged, limit)), key())
            except Rejected as refused:
                require(
                    False,
                    core="fills posts up to Limits.text.",
                    you=f"refused {limit.maximum} {limit.unit} ({refused}).",
                    mend="let measure count as the server does, after you have written the text.",
                )

    async def test_what_does_not_fit_is_rejected(self, sandbox: Sandbox, adapter: Adapter) -> None:
        limit = (await adapter.limits(self.channel(sandbox))).text
        too_long = fill(Text(word()), limit, extra=1)
        try:
            receipt = await adapter.post(self.outgoing(sandbox, too_long), key())
        except Rejected:
            return
        require(
            False,
            core="splits and shortens what would have fitted.",
            you=f"posted {limit.measure(too_long)} {limit.unit} of {limit.maximum} as {receipt.ref!r}.",
            mend="read the limit from the server, or exempt this test with the reason why you stay below it.",
        )

    async def test_a_text_that_grows_never_measures_less(self, sandbox: Sandbox, adapter: Adapter) -> None:
        limit = (await adapter.limits(self.channel(sandbox))).text
        for text in TEXTS:
            inside = {n for span in text.spans for n in range(span.start + 1, span.end)}  # where nothing is ever cut
            ends = [end for end in range(len(text.plain) + 1) if end not in inside]
            lengths = [limit.measure(text.cut(0, end)) for end in ends]
            shrunk = [n for n in range(1, len(lengths)) if lengths[n] < lengths[n - 1]]
            require(
                not shrunk and lengths[0] == 0,
                core="finds the longest beginning that fits by halving.",
                you=f"measured the beginnings of {text.plain!r} as {lengths}.",
                mend="count so that more text is never shorter, and nothing is 0.",
            )

    async def test_a_private_note_reaches_one_person_only(self, sandbox: Sandbox, adapter: Adapter) -> None:
        noting = self.declared(adapter, PrivateNotes)
        stage, said = sandbox.stage, word()
        async with listening(adapter, self.patience) as ear:
            await self.tuned_in(ear, stage, sandbox.channels[0])
            await self.staged(stage.tell(f"stop {word()}"), "write to the bot in private")
            asked = await ear.hear(lambda e: isinstance(e, PrivateMessage), "PrivateMessage")
            assert isinstance(asked, PrivateMessage)
            to = asked.author.account
            await noting.note(to, Outgoing(text=Text(f"Done: {said}"), to=to), key())
            told = await stage.told()
            await self.tuned_in(ear, stage, sandbox.channels[0])
        public = [post for post in await stage.timeline(sandbox.channels[0]) if said in post.text]
        require(
            any(said in one for one in told) and not public,
            core="answers in private what was asked in private.",
            you=f"told this person {list(told)!r}, and everybody {public!r}.",
            mend="send the note to Outgoing.to alone.",
        )
        given = [e for e in ear.events if isinstance(e, Posted) and said in e.post.text.plain]
        require(
            not given,
            core="takes what is Posted for public talk.",
            you=f"gave our own private note back as {given!r}.",
            mend="leave private conversations out of Posted.",
        )

    async def test_a_poll_of_ours_can_be_voted_in(self, sandbox: Sandbox, adapter: Adapter) -> None:
        limit, stage, channel = self.manifest.poll, sandbox.stage, sandbox.channels[0]
        if limit is None:
            pytest.skip("holds no polls of its own")
        labels = ("Workload", "Good meetings")
        poll = NativePoll(labels=labels, multiple=False, closes_at=datetime.now(UTC) + timedelta(hours=1))
        said = word()
        async with listening(adapter, self.patience) as ear:
            await self.tuned_in(ear, stage, channel)
            post = replace(self.outgoing(sandbox, f"What next, {said}?"), poll=poll)
            receipt = await adapter.post(post, key())
            shown = await self.seen(stage, channel, lambda one: said in one.text)
            require(
                [one.labels for one in shown] == [labels],
                core="asks once, with these options.",
                you=f"shows readers {shown!r}.",
                mend="post Outgoing.poll with its labels in their order, and the text as its question.",
            )
            await self.staged(stage.vote(receipt.ref.id, 1), "vote")
            counted: Sequence[int] = ()
            if isinstance(adapter, Ballots):
                told = await adapter.counts([receipt.ref])
                counted = told[receipt.ref.id].votes if receipt.ref.id in told else ()
            else:
                voted = await ear.hear(lambda e: isinstance(e, Voted) and e.ballot == receipt.ref.id, "Voted")
                assert isinstance(voted, Voted)
                counted = tuple(int(position in (voted.choices or ())) for position in range(2))
        require(
            tuple(counted) == (0, 1),
            core="tallies the votes of all networks.",
            you=f"told of one vote for the second option as {counted!r}.",
            mend="give Voted for each vote, or declare Ballots and tell the numbers in the order of the labels.",
        )

    async def test_lookup_tells_what_is_and_what_is_gone(self, sandbox: Sandbox, adapter: Adapter) -> None:
        looking = self.declared(adapter, Lookup)
        channel, stage = sandbox.channels[0], sandbox.stage
        async with listening(adapter, self.patience) as ear:
            kept = await ear.post(await self.tuned_in(ear, stage, channel))
            gone = await ear.post(await stage.post(channel, f"Soon gone: {word()}"))
            await self.staged(stage.delete(gone.ref.id), "delete")
            said = await looking.lookup([kept.ref, gone.ref])
        still = said.get(kept.ref.id)
        require(
            still is not None and still.text.plain == kept.text.plain and said.get(gone.ref.id, still) is None,
            core="withdraws the copies of what Lookup says is gone, and edits those of what reads differently.",
            you=f"said {dict(said)!r} of {kept!r} and of a post that was deleted.",
            mend="give the same Post as events() does, and None only for what is surely gone.",
        )

    async def test_a_price_is_a_price(self, sandbox: Sandbox, adapter: Adapter) -> None:
        priced = self.declared(adapter, Priced)
        post = self.outgoing(sandbox, join([Text("See "), link("https://example.org/")]))
        prices = [priced.price(operation, post) for operation in ("post", "edit", "delete", "note") for _ in range(2)]
        require(
            all(isinstance(price, int) and price >= 0 for price in prices) and prices[::2] == prices[1::2],
            core="adds prices up against the budget, before it sends.",
            you=f"named {prices} for post, edit, delete and note, each asked twice.",
            mend="give whole micro-dollars, the same for the same text.",
        )
