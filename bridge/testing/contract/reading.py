"""What comes in: complete, in order, and nothing private among what is public."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bridge.adapter import (
    Adapter,
    BadEvent,
    Deleted,
    Edited,
    MediaReading,
    Posted,
    PrivateMessage,
    Reacted,
    Sandbox,
    ThreadWatching,
)
from bridge.model.message import Visibility
from bridge.testing.contract.harness import Suite, key, listening, require, word
from bridge.testing.contract.samples import PNG


class ReadingContract(Suite):
    async def test_a_post_arrives_with_all_that_the_core_needs(self, sandbox: Sandbox, adapter: Adapter) -> None:
        channel, said = sandbox.channels[0], word()
        async with listening(adapter, self.patience) as ear:
            await self.tuned_in(ear, sandbox.stage, channel)
            began = datetime.now(UTC)
            post = await ear.post(await sandbox.stage.post(channel, f"Hello {said}", language="en"))
        require(
            said in post.text.plain,
            core="copies the text that you give.",
            you=f"gave {post.text.plain!r} for a post that reads 'Hello {said}'.",
            mend="read the platform's markup into a Text.",
        )
        require(
            post.visibility is Visibility.PUBLIC,
            core="relays public posts only.",
            you=f"gave a public post as {post.visibility}.",
            mend="translate the platform's visibility.",
        )
        require(
            adapter.place(self.channel(sandbox)) in post.places,
            core="takes a post to belong to the channels whose place is among its places.",
            you=f"gave places {set(post.places)} for a post in {adapter.place(self.channel(sandbox))}.",
            mend="put every place of ours in which the post can be seen into Post.places.",
        )
        require(
            post.author.account and post.author.handle,
            core="names the author in each copy, and finds his posts again when he says stop.",
            you=f"gave the author {post.author!r}.",
            mend="fill account (stable) and handle (as people write it).",
        )
        require(
            post.created_at.utcoffset() == timedelta(0) and abs(post.created_at - began) < timedelta(minutes=2),
            core="tells by created_at what is late, and marks it or leaves it to the digest.",
            you=f"gave created_at {post.created_at!r} for a post made at {began!r}.",
            mend="give the post's own time, aware and in UTC.",
        )
        require(
            not post.url or post.url.startswith(("https://", "http://")),
            core="links the original.",
            you=f"gave the url {post.url!r}.",
            mend="give the address at which a person can open the post, or none.",
        )

    async def test_an_answer_names_what_it_answers(self, sandbox: Sandbox, adapter: Adapter) -> None:
        channel, stage = sandbox.channels[0], sandbox.stage
        async with listening(adapter, self.patience) as ear:
            question = await self.tuned_in(ear, stage, channel)
            answer = await ear.post(await stage.post(channel, f"A1: {word()}", author="reader", reply_to=question))
        require(
            answer.reply_to is not None and answer.reply_to.id == question,
            core="makes the copy of an answer answer the copy of the question.",
            you=f"gave reply_to {answer.reply_to!r} for an answer to {question}.",
            mend="fill Post.reply_to with the global id of the post that is answered.",
        )

    async def test_a_watched_thread_is_followed_beyond_the_hashtag(self, sandbox: Sandbox, adapter: Adapter) -> None:
        watching = self.declared(adapter, ThreadWatching)
        channel, stage = sandbox.channels[0], sandbox.stage
        async with listening(adapter, self.patience) as ear:
            question = await ear.post(await self.tuned_in(ear, stage, channel))
            await watching.watch([question.ref])
            act = stage.post(channel, f"A1: {word()}", reply_to=question.ref.id, hashtag=False, author="reader")
            answer = await self.staged(act, "answer without the hashtag")
            await ear.post(answer)

    async def test_posts_arrive_in_the_order_in_which_they_were_made(self, sandbox: Sandbox, adapter: Adapter) -> None:
        channel, stage = sandbox.channels[0], sandbox.stage
        async with listening(adapter, self.patience) as ear:
            await self.tuned_in(ear, stage, channel)
            made = [await stage.post(channel, f"{n}: {word()}") for n in range(1, 7)]
            for id in made:
                await ear.post(id)
        heard = list(
            dict.fromkeys(e.post.ref.id for e in ear.events if isinstance(e, Posted) and e.post.ref.id in made)
        )
        require(
            heard == made,
            core="relays in the order in which it hears, so that an answer would stand before its question.",
            you=f"gave {heard} for posts made as {made}.",
            mend="sort what one page or one catch-up brings before you give it.",
        )

    async def test_a_warning_a_language_and_a_picture_arrive(self, sandbox: Sandbox, adapter: Adapter) -> None:
        channel, stage = sandbox.channels[0], sandbox.stage
        limits = await adapter.limits(self.channel(sandbox))
        async with listening(adapter, self.patience) as ear:
            await self.tuned_in(ear, stage, channel)
            act = stage.post(
                channel,
                f"Look {word()}",
                content_warning="exam results" if limits.content_warning else "",
                media=[(PNG, "image/png", "a red square")],
            )
            post = await ear.post(await self.staged(act, "post a picture"))
        require(
            not limits.content_warning or post.content_warning == "exam results",
            core="keeps a content warning in front of each copy.",
            you=f"gave the content warning {post.content_warning!r}.",
            mend="fill Post.content_warning, or do not declare Limits.content_warning.",
        )
        require(
            len(post.media) == 1 and post.media[0].alt == "a red square",
            core="copies pictures with their description.",
            you=f"gave the media {post.media!r} for one picture described as 'a red square'.",
            mend="fill Post.media, alt included.",
        )
        picture = post.media[0]
        if picture.url.startswith(("http://", "https://")):
            return
        require(
            isinstance(adapter, MediaReading),
            core="can read only public addresses by itself.",
            you=f"gave the address {picture.url!r}, and do not declare MediaReading.",
            mend="declare MediaReading.",
        )
        assert isinstance(adapter, MediaReading)
        file = await adapter.read_media(picture, 1_000_000)
        require(
            file.data and file.mime.startswith("image/"),
            core="sends these bytes to the other networks.",
            you=f"read {len(file.data)} bytes of {file.mime!r} for a PNG.",
            mend="give the file's bytes and its media type.",
        )

    async def test_an_edit_is_heard(self, sandbox: Sandbox, adapter: Adapter) -> None:
        channel, stage = sandbox.channels[0], sandbox.stage
        async with listening(adapter, self.patience) as ear:
            id = await self.tuned_in(ear, stage, channel)
            better = word()
            await self.staged(stage.edit(id, f"Better: {better}"), "edit")
            edited = await ear.hear(
                lambda e: isinstance(e, Edited) and e.post.ref.id == id and better in e.post.text.plain,
                f"Edited {id} with its new text",
            )
        assert isinstance(edited, Edited)
        require(
            edited.post.edited_at is not None,
            core="knows by edited_at which of two readings is the newer.",
            you="gave an Edited whose post has no edited_at.",
            mend="fill Post.edited_at.",
        )

    async def test_a_deletion_is_heard(self, sandbox: Sandbox, adapter: Adapter) -> None:
        channel, stage = sandbox.channels[0], sandbox.stage
        async with listening(adapter, self.patience) as ear:
            id = await self.tuned_in(ear, stage, channel)
            await self.staged(stage.delete(id), "delete")
            await ear.hear(lambda e: isinstance(e, Deleted) and e.post == id, f"Deleted {id}")

    async def test_what_is_said_in_private_is_never_public(self, sandbox: Sandbox, adapter: Adapter) -> None:
        channel, stage, secret = sandbox.channels[0], sandbox.stage, word()
        async with listening(adapter, self.patience) as ear:
            await self.tuned_in(ear, stage, channel)
            await self.staged(stage.tell(f"Between us: {secret}"), "write to the bot in private")
            told = await ear.hear(
                lambda e: isinstance(e, PrivateMessage) and secret in e.text.plain, "the PrivateMessage that it got"
            )
            await ear.post(await stage.post(channel, f"In public: {word()}"))
        assert isinstance(told, PrivateMessage)
        leaked = [e for e in ear.events if isinstance(e, Posted | Edited) and secret in e.post.text.plain]
        require(
            not leaked,
            core="would tell everybody.",
            you=f"gave a private message as {leaked!r}.",
            mend="give what is addressed to the bot alone as PrivateMessage, and as nothing else.",
        )

    async def test_what_is_for_a_few_is_never_given_as_public(self, sandbox: Sandbox, adapter: Adapter) -> None:
        channel, stage = sandbox.channels[0], sandbox.stage
        async with listening(adapter, self.patience) as ear:
            await self.tuned_in(ear, stage, channel)
            for visibility in ("followers", "direct", "unlisted"):
                act = stage.post(channel, f"For a few: {word()}", visibility=visibility)
                id = await self.staged(act, f"post with visibility {visibility}")
                await ear.post(await stage.post(channel, f"For all: {word()}"))
                given = [e for e in ear.events if isinstance(e, Posted | Edited) and e.post.ref.id == id]
                require(
                    all(e.post.visibility is not Visibility.PUBLIC for e in given),
                    core="relays what you call public to everybody.",
                    you=f"gave a post of visibility {visibility!r} as public.",
                    mend="translate the platform's visibility; when in doubt it is not public.",
                )

    async def test_our_own_posts_come_back_as_ours(self, sandbox: Sandbox, adapter: Adapter) -> None:
        async with listening(adapter, self.patience) as ear:
            await self.tuned_in(ear, sandbox.stage, sandbox.channels[0])
            name = key()
            receipt = await adapter.post(self.outgoing(sandbox, f"From the bridge: {word()}"), name)
            echo = await ear.post(receipt.ref.id)
        require(
            echo.author.account == adapter.account,
            core="recognises its own posts by account and id, and would relay this one back for ever.",
            you=f"are {adapter.account!r}, and gave our post as one of {echo.author.account!r}.",
            mend="name the login's account in both places alike.",
        )
        require(
            echo.key in (None, name),
            core="recognises its own posts by their key, too.",
            you=f"gave the key {echo.key!r} for a post sent under {name!r}.",
            mend="read back the key that you wrote, or leave it None.",
        )

    async def test_a_reaction_is_heard(self, sandbox: Sandbox, adapter: Adapter) -> None:
        stage, channel, said = sandbox.stage, sandbox.channels[0], word()
        async with listening(adapter, self.patience) as ear:
            await self.tuned_in(ear, stage, channel)
            receipt = await adapter.post(self.outgoing(sandbox, f"Like this: {said}"), key())
            await self.seen(stage, channel, lambda post: said in post.text)
            await self.staged(stage.react(receipt.ref.id), "react")
            await ear.hear(lambda e: isinstance(e, Reacted) and e.post == receipt.ref.id, "Reacted to our post")

    async def test_what_cannot_be_understood_does_not_stop_the_stream(self, sandbox: Sandbox, adapter: Adapter) -> None:
        channel, stage = sandbox.channels[0], sandbox.stage
        async with listening(adapter, self.patience) as ear:
            await self.tuned_in(ear, stage, channel)
            await self.staged(self.garble(sandbox), "say what cannot be understood")
            after = await ear.post(await stage.post(channel, f"And on it goes: {word()}"))
        bad = [event for event in ear.events if isinstance(event, BadEvent)]
        require(
            after is not None and all(len(event.raw) <= 2000 and event.id and event.why for event in bad),
            core="logs a BadEvent once, by its id.",
            you=f"gave {bad!r}.",
            mend="give an id, a reason, and at most 2,000 characters of what came.",
        )

    async def test_channels_have_places_of_their_own(self, sandbox: Sandbox, adapter: Adapter) -> None:
        first, second = (adapter.place(self.channel(sandbox, n)) for n in (0, 1))
        require(
            first and second and first != second,
            core="copies nothing between channels whose place is the same.",
            you=f"gave the places {first!r} and {second!r} for two channels.",
            mend="name a place as the platform does.",
        )
        async with listening(adapter, self.patience) as ear:
            await self.tuned_in(ear, sandbox.stage, sandbox.channels[1])
            post = await ear.post(await sandbox.stage.post(sandbox.channels[1], f"Over here: {word()}"))
        require(
            second in post.places and first not in post.places,
            core="takes a post to belong to the channels whose place is among its places.",
            you=f"gave places {set(post.places)} for a post that is in {second} only.",
            mend="give the places in which the post can be seen, and no others.",
        )
