"""The whole of the sandbox as one ASGI application: the API, the way in, the files, a page, the control."""

from __future__ import annotations

import html
import json
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from adapters.twitter.sandbox import auth
from adapters.twitter.sandbox.auth import Asked
from adapters.twitter.sandbox.calls import Place
from adapters.twitter.sandbox.control import COMMANDS
from adapters.twitter.sandbox.problems import Problem
from adapters.twitter.sandbox.routes import ENDPOINTS, STREAMS
from adapters.twitter.sandbox.server import Door, hang_up

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="3">
<title>X sandbox</title><style>body{{font:16px/1.5 sans-serif;max-width:40em;margin:2em auto;padding:0 1em}}
article{{border-bottom:1px solid #ccd;padding:.6em 0;white-space:pre-wrap}}small{{color:#556}}</style>
<h1>X sandbox</h1><p>A stand-in for X on this machine; nothing here is on X.</p>{posts}</html>"""
_GRANT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Authorize EdLdrs</title>
<style>body{{font:16px/1.5 sans-serif;max-width:30em;margin:4em auto;padding:0 1em}}</style>{content}</html>"""
_NEWEST = 50


class App:
    """Answers everything; nothing leaves the machine."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._door = Door(place, ENDPOINTS, STREAMS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        path = request.url.path
        if path.startswith("/_sandbox/"):
            answer = await self._control(path.removeprefix("/_sandbox/"), request)
        elif path.startswith(("/oauth/", "/oauth2/")):
            if self.place.world.now() < self.place.fate.away_until:
                hang_up(send)
                return
            answer = await self._login(path, request)
        elif path.startswith("/media/"):
            answer = self._file(path.rsplit("/", 1)[1].partition(".")[0])
        elif path == "/":
            answer = self._page()
        else:
            await self._door(scope, receive, send)
            return
        await answer(scope, receive, send)

    async def _control(self, name: str, request: Request) -> Response:
        if name not in COMMANDS:
            return JSONResponse({"error": f"there is no {name!r}; there are {', '.join(COMMANDS)}"}, 404)
        body = await request.body()
        wanted: dict[str, Any] = json.loads(body) if body else {}
        try:
            return JSONResponse(COMMANDS[name](self.place, wanted))
        except (KeyError, LookupError, ValueError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 400)

    async def _login(self, path: str, request: Request) -> Response:
        """docs.x.com/resources/fundamentals/authentication: OAuth 1.0a by PIN, and the app's bearer token."""
        place, now = self.place, self.place.world.now()
        form = (await request.body()).decode() if request.method == "POST" else ""
        given = {name: values[0] for name, values in parse_qs(form).items()} | dict(request.query_params)
        query = f"?{request.url.query}" if request.url.query else ""
        address = f"http://{request.headers.get('host', '')}"
        authorization = request.headers.get("authorization", "")
        typed = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        asked = Asked(request.method, address, path + query, authorization, form if typed else "")
        try:
            match request.method, path:
                case "POST", "/oauth/request_token":
                    return PlainTextResponse(auth.request_token(asked, place.keys, now))
                case "POST", "/oauth/access_token":
                    return PlainTextResponse(auth.access_token(asked, place.keys, now))
                case "POST", "/oauth2/token":
                    grant = given.get("grant_type", "")
                    return JSONResponse(auth.bearer_token(authorization, grant, place.keys))
                case "GET", "/oauth/authorize" | "/oauth/authenticate":
                    return HTMLResponse(_GRANT.format(content=self._question(given.get("oauth_token", ""))))
                case "POST", "/oauth/authorize":
                    user = place.world.user(given.get("username") or place.world.bot.username)
                    pin = auth.authorise(given.get("oauth_token", ""), user, place.keys)
                    return HTMLResponse(_GRANT.format(content=f"<p>Your PIN is <code>{pin}</code></p>"))
        except Problem as problem:
            return JSONResponse(problem.body, problem.status)
        except KeyError:
            return HTMLResponse(_GRANT.format(content="<p>The request token is not valid.</p>"), 403)
        return JSONResponse({"errors": [{"code": 34, "message": "Sorry, that page does not exist."}]}, 404)

    def _question(self, token: str) -> str:
        bot = html.escape(self.place.world.bot.username)
        return (
            f'<h1>Authorize EdLdrs?</h1><form method="post"><input type="hidden" name="oauth_token" '
            f'value="{html.escape(token)}"><p><label>Account <input name="username" value="{bot}"></label></p>'
            f"<p><button>Authorize app</button></p></form>"
        )

    def _file(self, id: str) -> Response:
        media = self.place.world.media.get(id)
        return Response(status_code=404) if media is None else Response(media.data, media_type=media.mime)

    def _page(self) -> Response:
        newest = sorted(self.place.world.living(), key=lambda post: int(post.id), reverse=True)[:_NEWEST]
        posts = "".join(
            f"<article><small>{html.escape(post.author.name)} @{html.escape(post.author.username)} "
            f"{post.versions[0].at:%H:%M:%S}</small>\n{html.escape(post.newest.whole.shown)}</article>"
            for post in newest
        )
        return HTMLResponse(_PAGE.format(posts=posts))
