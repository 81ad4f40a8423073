"""The demo's one page: the timelines side by side, each with a form to post as somebody there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.applications import Starlette
from starlette.datastructures import FormData, UploadFile
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bridge.adapter.sandbox import Seen
from bridge.app import Bridge
from bridge.commands.phrases import took
from bridge.commands.tracing import traced
from bridge.demo.clockwork import FastClock
from bridge.demo.leaders import LEADERS, said_as_example
from bridge.demo.playing import Playing, Standing
from bridge.demo.standins import StandIn
from bridge.demo.timelines import Column, Timelines
from bridge.model.ids import GlobalId
from bridge.model.poll import PollRefused
from bridge.polls import conduct
from bridge.polls.drafts import Draft, options_of
from bridge.store import polls
from bridge.store.ids import id_maker

_HERE = Path(__file__).parent
_MOST_BYTES = 5_000_000
_POLL_LASTS = timedelta(minutes=10)
_WEEK = timedelta(weeks=1)
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


_PICTURES = frozenset(["image/gif", "image/jpeg", "image/png", "image/webp"])
_DONE = {"post": "Posted", "reply": "Answered", "edit": "Changed", "delete": "Deleted", "vote": "Voted"}


@dataclass(frozen=True)
class _Draft:
    """What a column's form holds: a new post, a reply or an edit (``do``), and what was typed already."""

    do: str = "post"
    post: Seen | None = None
    text: str = ""
    author: str = ""
    warning: str = ""
    trouble: str = ""


@dataclass(frozen=True)
class _Asked:
    """What the form of a poll holds, and what is wrong with it."""

    question: str = "What shall we talk about on Monday?"
    options: str = "Workload\nGood meetings\nMiddle leaders\nWhat happens to all those books"
    trouble: str = ""


class _Page:
    def __init__(
        self,
        bridge: Bridge,
        clock: FastClock,
        networks: Sequence[StandIn],
        timelines: Timelines,
        playing: Playing,
    ) -> None:
        (self._chat,) = bridge.installation.book.chats.values()
        self._bridge = bridge
        self._clock = clock
        self._networks = {one.name: one for one in networks}
        self._timelines = timelines
        self._playing = playing
        self._pictures: dict[str, tuple[StandIn, str]] = {}  # by the names that the page gives them
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=select_autoescape(),
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {
            "mark": _mark,
            "took": took,
            "picture": self._picture_url,
            "in_chat": lambda at: clock.to_chat(at).astimezone(self._chat.zone),
            "moment": self._moment,
            "told": _told,
        }
        self._templates.globals |= {"networks": self._networks, "leaders": LEADERS, "examples": self._examples()}

    async def show(self, request: Request) -> Response:
        """The page as it is now. ``?on=NETWORK&reply=ID`` or ``&edit=ID`` fills that network's form."""
        asked, columns = request.query_params, await self._timelines.now()
        on = asked.get("on", "")
        drafts = {on: self._draft(on, columns[on], asked)} if on in columns else {}
        done = f"{_DONE[asked['did']]} on {self._networks[on].title}." if drafts and asked.get("did") in _DONE else ""
        return await self._render(columns, drafts, done=done)

    async def changes(self, request: Request) -> Response:
        """Server-sent events, each some HTML that changed: a network's posts, or how the week stands."""

        async def events() -> AsyncIterator[str]:
            async for name, shown in self._timelines.changes():
                if isinstance(shown, Column):
                    told = {"network": name, "html": self._column(name, shown)}
                else:
                    told = {"html": self._week(shown), "what": shown.what}
                yield f"data: {json.dumps(told)}\n\n"

        return StreamingResponse(events(), media_type="text/event-stream", headers=_HEADERS)

    async def post(self, request: Request) -> Response:
        """Post, reply, edit or delete as a sample leader; then back to the page. What was typed stays in the
        form if the network does not take it."""
        if not _same_origin(request):
            return PlainTextResponse("This form was sent from another page.", 403, _HEADERS)
        network = self._networks.get(request.path_params["network"])
        if network is None:
            return PlainTextResponse("There is no such network here.", 404, _HEADERS)
        async with request.form(max_part_size=_MOST_BYTES) as form:
            trouble = await _act(network, form)
            sent = {name: value for name, value in form.items() if isinstance(value, str)}
        if "application/json" in request.headers.get("accept", ""):  # the page's script asks
            return JSONResponse({"trouble": trouble}, headers=_HEADERS)
        if trouble:
            columns = await self._timelines.now()
            asked = {**sent, sent.get("do", ""): sent.get("post", "")}
            draft = self._draft(network.name, columns[network.name], asked, trouble)
            return await self._render(columns, {network.name: draft}, status=422)
        back = urlencode({"on": network.name, "author": sent.get("author", ""), "did": sent.get("do", "")})
        return RedirectResponse(f"/?{back}#{network.name}", 303, _HEADERS)

    async def week(self, request: Request) -> Response:
        """Play a week, or stop; then back to the page."""
        if not _same_origin(request):
            return PlainTextResponse("This form was sent from another page.", 403, _HEADERS)
        async with request.form() as form:
            await (self._playing.stop() if form.get("do") == "stop" else self._playing.start())
        if "application/json" in request.headers.get("accept", ""):
            return JSONResponse({"trouble": ""}, headers=_HEADERS)
        return RedirectResponse("/", 303, _HEADERS)

    async def poll(self, request: Request) -> Response:
        """Open a poll on all networks, or close the one that is open; then back to the page."""
        if not _same_origin(request):
            return PlainTextResponse("This form was sent from another page.", 403, _HEADERS)
        async with request.form() as form:
            question, options = str(form.get("question", "")), str(form.get("options", ""))
            closes = form.get("do") == "close"
        now, native = self._clock(), self._bridge.installation.native_polls
        if closes:
            for kept in await self._bridge.store.read(polls.still_open):
                await self._bridge.store.write(lambda c, one=kept.poll: polls.close_at(c, one, now))  # type: ignore[misc]
            return RedirectResponse("/", 303, _HEADERS)
        written = [line for line in options.splitlines() if line.strip()]
        draft = Draft(question=question, options=options_of(written), closes_at=now + _POLL_LASTS)
        try:
            await self._bridge.store.write(
                lambda c: conduct.open_poll(c, self._chat, draft, native, "the demo", id_maker(self._clock), now)
            )
        except PollRefused as error:
            asked = _Asked(question, options, str(error))
            return await self._render(await self._timelines.now(), {}, asked=asked, status=422)
        return RedirectResponse("/", 303, _HEADERS)

    async def picture(self, request: Request) -> Response:
        """A picture of a post that the page has shown."""
        network, media = self._pictures.get(request.path_params["name"], (None, ""))
        if network is None:
            return PlainTextResponse("No post here has this picture.", 404, _HEADERS)
        try:
            data, mime = await network.sandbox.stage.file(media)
        except Exception as error:
            return PlainTextResponse(f"{network.title} does not give it: {error}", 502, _HEADERS)
        if mime not in _PICTURES:
            return PlainTextResponse("This is no picture that pages show.", 415, _HEADERS)
        return Response(data, media_type=mime, headers={**_HEADERS, "Cache-Control": "private, max-age=3600"})

    async def trace(self, request: Request) -> Response:
        """What became of a post."""
        asked = request.query_params.get("post", "")
        book, now = self._bridge.installation.book, self._clock()

        platforms = {one.platform for one in book.networks.values()}
        found = await self._bridge.store.read(lambda c: traced(c, book, asked, platforms, now))
        told = [lines for _, lines in found]
        text = self._templates.get_template("trace.html").render(told=told)
        return HTMLResponse(text, headers=_HEADERS)

    async def _render(
        self,
        columns: Mapping[str, Column],
        drafts: Mapping[str, _Draft],
        *,
        done: str = "",
        asked: _Asked | None = None,
        status: int = 200,
    ) -> Response:
        now = self._clock()
        there = await self._bridge.store.read(polls.still_open)
        still_open = [kept for kept in there if kept.poll.closes_at > now]
        text = self._templates.get_template("page.html").render(
            columns={name: self._column(name, column) for name, column in columns.items()},
            drafts={name: drafts.get(name, _Draft()) for name in columns},
            done=done,
            asked=asked or _Asked(),
            open_poll=still_open[0].poll if still_open else None,
            week=self._week(await self._playing.standing()),
        )
        return HTMLResponse(text, status, headers=_HEADERS)

    def _column(self, name: str, column: Column) -> str:
        return self._templates.get_template("column.html").render(
            network=self._networks[name],
            column=column,
            first=LEADERS[list(self._networks).index(name) % len(LEADERS)].name,
        )

    def _week(self, standing: Standing) -> str:
        return self._templates.get_template("week.html").render(standing=standing)

    def _moment(self, at: datetime) -> str:
        """``Saturday 28 November, 20:00``."""
        wall = at.astimezone(self._chat.zone)
        return f"{wall:%A} {wall.day} {wall:%B, %H:%M}"

    def _draft(self, name: str, column: Column, asked: Mapping[str, str], trouble: str = "") -> _Draft:
        posts = {row.post.id: row.post for row in column.rows}
        typed = _Draft(
            text=asked.get("text", ""),
            author=asked.get("author", ""),
            warning=asked.get("warning", ""),
            trouble=trouble,
        )
        if post := posts.get(GlobalId(asked.get("edit", ""))):
            return replace(typed, do="edit", post=post, text=typed.text or post.text)
        if post := posts.get(GlobalId(asked.get("reply", ""))):
            return replace(typed, do="reply", post=post)
        return typed

    def _picture_url(self, media: str, network: StandIn) -> str:
        name = _mark((network.name, media))
        self._pictures[name] = network, media
        return f"/picture/{name}"

    def _examples(self) -> dict[str, str]:
        return {name: said_as_example(number) for number, name in enumerate(self._networks)}


def _mark(place: tuple[str, str]) -> str:
    """A short name for a thing of a network, fit for an address."""
    return hashlib.sha256("\0".join(place).encode()).hexdigest()[:16]


def _told(at: datetime, today: date) -> str:
    """``20:04:11``; ``Sat 20:04`` of another day, with its date where that is a week ago."""
    if at.date() == today:
        return f"{at:%H:%M:%S}"
    return f"{at:%a %H:%M}" if today - at.date() < _WEEK else f"{at.day} {at:%b %H:%M}"


async def _act(network: StandIn, form: FormData) -> str:
    """Do what the form says. Returns what went wrong, in words."""
    stage, post = network.sandbox.stage, GlobalId(str(form.get("post", "")))
    text, choice = str(form.get("text", "")).strip(), str(form.get("choice", ""))
    try:
        match form.get("do"):
            case "delete":
                await stage.delete(post)
            case "vote" if choice.isdecimal():
                await stage.vote(post, int(choice), author=_author(form))
            case "vote":
                return "Choose one of the options."
            case "edit" if text:
                await stage.edit(post, text)
            case "post" | "reply" if text:
                tagged = network.manifest.hashtags and network.address.casefold() in text.casefold()
                await stage.post(
                    network.address,
                    text,
                    author=_author(form),
                    reply_to=post or None,
                    content_warning=str(form.get("warning", "")).strip(),
                    media=await _picture(form),
                    hashtag=not tagged,
                )
            case _:
                return "Write something first."
    except NotImplementedError as error:
        return f"{network.title} cannot do that: {error}"
    except Exception as error:
        return f"{network.title} did not take it: {str(error) or repr(error)}"
    return ""


def _author(form: FormData) -> str:
    known = [leader.name for leader in LEADERS]
    return str(form["author"]) if form.get("author") in known else known[0]


async def _picture(form: FormData) -> list[tuple[bytes, str, str]]:
    picture = form.get("picture")
    if not isinstance(picture, UploadFile) or not picture.size:
        return []
    return [(await picture.read(), picture.content_type or "image/png", str(form.get("alt", "")))]


def _same_origin(request: Request) -> bool:
    """Browsers say where a form was sent from; what says nothing is no browser."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None and site not in ("same-origin", "none"):
        return False
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def make_app(
    bridge: Bridge, clock: FastClock, networks: Sequence[StandIn], timelines: Timelines, playing: Playing
) -> Starlette:
    page = _Page(bridge, clock, networks, timelines, playing)
    return Starlette(
        routes=[
            Route("/", page.show),
            Route("/changes", page.changes),
            Route("/trace", page.trace),
            Route("/picture/{name}", page.picture),
            Route("/week", page.week, methods=["POST"]),
            Route("/poll", page.poll, methods=["POST"]),
            Route("/on/{network}", page.post, methods=["POST"]),
            Mount("/static", StaticFiles(directory=_HERE / "static")),
        ],
        # Another name that leads to this machine could be somebody's trick (DNS rebinding).
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
    )
