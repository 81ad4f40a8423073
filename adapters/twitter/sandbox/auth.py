"""Who asks: OAuth 1.0a as a user, or the app by its bearer token; and how a user lets an app in (PIN).

docs.x.com/resources/fundamentals/authentication; RFC 5849. Signatures are checked by oauthlib. A client
may sign for X's own address and be redirected here, so signatures for either address are taken.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from oauthlib.common import Request as OAuthRequest  # type: ignore[import-untyped]
from oauthlib.oauth1.rfc5849 import signature  # type: ignore[import-untyped]

from adapters.twitter.sandbox.problems import Problem, unauthorized
from adapters.twitter.sandbox.state import User

_ADDRESSES = ("https://api.x.com", "https://api.twitter.com")
_CLOCKS_APART = 300  # seconds that X takes


@dataclass(frozen=True, slots=True)
class Caller:
    """``user`` is None where the app itself asks."""

    user: User | None

    @property
    def kind(self) -> str:
        return "app" if self.user is None else "user"


@dataclass(slots=True)
class Keys:
    """Of the one app of the sandbox, and of those who let it in."""

    consumer: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    consumer_secret: str = field(default_factory=lambda: secrets.token_urlsafe(36))
    bearer: str = field(default_factory=lambda: f"AAAA{secrets.token_urlsafe(60)}")
    tokens: dict[str, tuple[str, User]] = field(default_factory=dict)  # token -> its secret, whose
    asked: dict[str, str] = field(default_factory=dict)  # request token -> its secret
    granted: dict[str, tuple[str, User]] = field(default_factory=dict)  # request token -> PIN, by whom
    nonces: set[tuple[str, str]] = field(default_factory=set)

    def token_for(self, user: User) -> tuple[str, str]:
        """An access token and its secret; the same again for the same user."""
        for token, (secret, owner) in self.tokens.items():
            if owner is user:
                return token, secret
        token, secret = f"{user.id}-{secrets.token_urlsafe(24)}", secrets.token_urlsafe(33)
        self.tokens[token] = (secret, user)
        return token, secret


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a request is signed. ``address`` is where it came in; ``path`` has the query, as sent."""

    method: str
    address: str
    path: str
    authorization: str
    form: str = ""


def caller_of(asked: Asked, keys: Keys, now: float) -> Caller:
    """Raises ``Problem`` (401)."""
    scheme, _, rest = asked.authorization.partition(" ")
    if scheme == "Bearer" and secrets.compare_digest(rest.strip().encode(), keys.bearer.encode()):
        return Caller(None)
    if scheme == "OAuth":
        parameters = signed(asked, keys, now, {token: secret for token, (secret, _) in keys.tokens.items()})
        if parameters["oauth_token"] in keys.tokens:
            return Caller(keys.tokens[parameters["oauth_token"]][1])
    raise unauthorized()


def signed(asked: Asked, keys: Keys, now: float, tokens: Mapping[str, str]) -> dict[str, str]:
    """The OAuth parameters of a request that is signed well, with one of these tokens (or, with an empty
    one, by the app alone). Raises ``Problem`` (401)."""
    query = asked.path.partition("?")[2]
    pairs = signature.collect_parameters(
        uri_query=query, body=asked.form, headers={"Authorization": asked.authorization}, exclude_oauth_signature=False
    )
    given = dict(pairs)
    token = given.get("oauth_token", "")
    stamp, nonce = given.get("oauth_timestamp", ""), given.get("oauth_nonce", "")
    if given.get("oauth_consumer_key") != keys.consumer or (token and token not in tokens) or not nonce:
        raise unauthorized()
    if not stamp.isdigit() or abs(int(stamp) - now) > _CLOCKS_APART:
        raise Problem(401, {"errors": [{"code": 135, "message": "Timestamp out of bounds."}]})
    if (stamp, nonce) in keys.nonces or not _is_signed(asked, pairs, given, keys, tokens.get(token, "")):
        raise unauthorized()
    keys.nonces.add((stamp, nonce))
    return given


def _is_signed(asked: Asked, pairs: list[Any], given: Mapping[str, str], keys: Keys, secret: str) -> bool:
    for address in (asked.address, *_ADDRESSES):
        request = OAuthRequest(address + asked.path.partition("?")[0], asked.method)
        request.params = [pair for pair in pairs if pair[0] != "oauth_signature"]
        request.signature = given.get("oauth_signature", "")
        if signature.verify_hmac_sha1(request, keys.consumer_secret, secret):
            return True
    return False


# How a user lets the app in


def request_token(asked: Asked, keys: Keys, now: float) -> str:
    """POST oauth/request_token, as a form."""
    given = signed(asked, keys, now, {})
    if given.get("oauth_callback") != "oob":
        raise Problem(
            403, {"errors": [{"code": 415, "message": "Callback URL not approved for this client application."}]}
        )
    token, secret = secrets.token_urlsafe(20), secrets.token_urlsafe(24)
    keys.asked[token] = secret
    return f"oauth_token={token}&oauth_token_secret={secret}&oauth_callback_confirmed=true"


def authorise(token: str, user: User, keys: Keys) -> str:
    """The PIN that the user is shown. Raises ``KeyError`` for a token that nobody asked for."""
    if token not in keys.asked:
        raise KeyError(token)
    pin = f"{secrets.randbelow(10**7):07d}"
    keys.granted[token] = (pin, user)
    return pin


def access_token(asked: Asked, keys: Keys, now: float) -> str:
    """POST oauth/access_token, as a form."""
    given = signed(asked, keys, now, keys.asked)
    token = given.get("oauth_token", "")
    pin, user = keys.granted.get(token, ("", None))
    if user is None or not pin or given.get("oauth_verifier") != pin:
        raise Problem(401, {"errors": [{"code": 32, "message": "Could not authenticate you."}]})
    del keys.granted[token], keys.asked[token]
    access, secret = keys.token_for(user)
    return f"oauth_token={access}&oauth_token_secret={secret}&user_id={user.id}&screen_name={user.username}"


def bearer_token(authorization: str, grant: str, keys: Keys) -> dict[str, str]:
    """POST oauth2/token: the app's own token for its key and secret."""
    wanted = base64.b64encode(f"{keys.consumer}:{keys.consumer_secret}".encode()).decode()
    if authorization != f"Basic {wanted}" or grant != "client_credentials":
        problem = {"code": 99, "message": "Unable to verify your credentials", "label": "authenticity_token_error"}
        raise Problem(403, {"errors": [problem]})
    return {"token_type": "bearer", "access_token": keys.bearer}
