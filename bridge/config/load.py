"""config.yaml, read and checked whole before anything starts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bridge.adapter import Manifest, manifests
from bridge.config import secrets
from bridge.config.faults import faults
from bridge.config.holidays import holidays
from bridge.config.installation import Installation, NetworkAt, hashtag_of
from bridge.config.problems import ConfigError, Keys, Problem, did_you_mean, line_of, listed
from bridge.config.schema import BudgetKeys, ChannelKeys, ChatKeys, ConfigKeys, NetworkKeys, ProgrammeKeys, RoomKeys
from bridge.config.words import hour
from bridge.model.calendar import Calendar, exists
from bridge.model.chat import Book, Budget, Channel, Chat, Network, channel_id
from bridge.model.ids import ChatId, NetworkId, Platform
from bridge.model.programme import Programme, Rule
from bridge.sessions.standard import STANDARD

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


def load(file: Path, *, without_secrets: NetworkId | None = None) -> Installation:
    """The installation that a file describes. Raises :class:`ConfigError` with all that is wrong in it.
    ``without_secrets`` names a network whose tokens may be missing: `edldrs login` is about to obtain them."""
    document = _read(file)
    base = file.absolute().parent
    problems: list[Problem] = []
    try:
        keys = ConfigKeys.model_validate(document)
    except ValidationError as error:
        problems = faults(error, ConfigKeys, ())
        _networks(_sound(document.get("networks")), base, base / "none", without_secrets, problems)
        raise ConfigError(file, problems, document) from None
    folder = (base / keys.folder).expanduser()
    database = _database(secrets.resolve(keys.database, base, ("database",), problems), base, problems)
    networks, reached = _networks(keys.networks, base, folder, without_secrets, problems)
    chats = {
        ChatId(name): _chat(ChatId(name), chat, reached, keys, base, problems) for name, chat in keys.chats.items()
    }
    _apart(keys.chats, problems)
    if problems:
        raise ConfigError(file, problems, document)
    return Installation(database=database, folder=folder, book=Book(networks=networks, chats=chats), networks=reached)


def where(file: Path, keys: Keys) -> str:
    """``config.yaml:12``: where a key stands in a file, for what turns out to be wrong later."""
    line = line_of(_read(file), keys)
    return f"{file}:{line}" if line else str(file)


def _read(file: Path) -> Any:
    try:
        document = YAML(typ="rt").load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(file, [Problem((), "there is no such file. `edldrs init` writes one")]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(file, [Problem((), f"it cannot be read: {error}")]) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark is not None else None
        raise ConfigError(file, [Problem((), f"this is not YAML: {error.problem}", line)]) from None
    except YAMLError as error:
        raise ConfigError(file, [Problem((), f"this is not YAML: {' '.join(str(error).split())}")]) from None
    if not isinstance(document, Mapping):
        raise ConfigError(file, [Problem((), "it must have the keys networks: and chats:. `edldrs init` writes one")])
    return document


def _sound(networks: Any) -> dict[str, NetworkKeys]:
    """Those networks of a faulty file that can be looked at all the same, so that all is said at once."""
    sound = {}
    for name, keys in networks.items() if isinstance(networks, Mapping) else ():
        with suppress(ValidationError):
            sound[str(name)] = NetworkKeys.model_validate(keys)
    return sound


def _database(url: str, base: Path, problems: list[Problem]) -> str:
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.get_backend_name() not in ("sqlite", "postgresql"):
        problems.append(Problem(("database",), "write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"))
        return url
    if parsed.get_backend_name() == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            problems.append(Problem(("database",), "a journal in memory is lost with the process. Name a file"))
            return url
        parsed = parsed.set(database=str((base / parsed.database).expanduser()))
    return parsed.render_as_string(hide_password=False)


def _networks(
    given: Mapping[str, NetworkKeys],
    base: Path,
    folder: Path,
    without_secrets: NetworkId | None,
    problems: list[Problem],
) -> tuple[dict[NetworkId, Network], dict[NetworkId, NetworkAt]]:
    platforms = manifests()
    known: dict[NetworkId, Network] = {}
    reached: dict[NetworkId, NetworkAt] = {}
    for key, network in given.items():
        name, at = NetworkId(key), ("networks", key)
        if not _NAME.fullmatch(key):
            problems.append(Problem(at, "a network's name has small letters, digits, - and _ only"))
        manifest = platforms.get(Platform(network.platform))
        if manifest is None:
            names = sorted(platforms)
            mend = did_you_mean(network.platform, names) or " Is its adapter installed?"
            says = f'"{network.platform}" is not one of {listed(names)}.{mend}'
            problems.append(Problem((*at, "platform"), says))
            continue
        own = secrets.resolve(dict(network.model_extra or {}), base, at, problems)
        model: type[BaseModel] = manifest.load(manifest.settings)
        missing = (
            {} if name != without_secrets else dict.fromkeys((*secrets.by_hand(model), *secrets.by_login(model)), "")
        )
        try:
            kept = secrets.stored(folder, name)
        except ValueError as error:
            problems.append(Problem(at, f"{error}. Remove it, and run `edldrs login {name}`"))
            continue
        try:
            settings = model.model_validate({**missing, **kept, **own})
        except ValidationError as error:
            head = tuple(NetworkKeys.model_fields)
            problems += [_login_hint(p, name, manifest, model) for p in faults(error, model, at, head)]
            continue
        title = network.title or manifest.title
        known[name] = Network(id=name, platform=manifest.platform, title=title, budget=_budget(network.budget))
        reached[name] = NetworkAt(manifest=manifest, settings=settings)
    return known, reached


def _login_hint(problem: Problem, name: NetworkId, manifest: Manifest, model: type[BaseModel]) -> Problem:
    secret = problem.keys[-1] in (*secrets.by_hand(model), *secrets.by_login(model))
    if problem.says.startswith("is missing") and secret and manifest.login:
        says = f"is missing. Run `edldrs login {name}`, or write it here as env:NAME or file:PATH"
        return Problem(problem.keys, says)
    return problem


def _budget(keys: BudgetKeys) -> Budget:
    return Budget(
        per_15_minutes=keys.per_15_minutes,
        per_day=keys.per_day,
        per_month=keys.per_month,
        micro_usd_per_day=None if keys.usd_per_day is None else round(keys.usd_per_day * 1_000_000),
        micro_usd_per_month=None if keys.usd_per_month is None else round(keys.usd_per_month * 1_000_000),
    )


def _chat(
    id: ChatId,
    keys: ChatKeys,
    reached: Mapping[NetworkId, NetworkAt],
    config: ConfigKeys,
    base: Path,
    problems: list[Problem],
) -> Chat:
    at: Keys = ("chats", id)
    if not _NAME.fullmatch(id):
        problems.append(Problem(at, "a chat's short name has small letters, digits, - and _ only"))
    channels: list[Channel] = []
    places: dict[tuple[str, str], int] = {}
    for number, one in enumerate(keys.channels):
        where = (*at, "channels", number)
        if not _named(one.network, config, (*where, "network"), problems):
            continue
        network = NetworkId(one.network)
        place = _place(one)
        if place in places:
            problems.append(
                Problem((*where, "address"), f"this is channels[{places[place]}] again. Remove one of them")
            )
        places.setdefault(place, number)
        if network in reached:
            channels.append(_channel(one, id, reached[network].manifest))
    if keys.programme is not None and not (keys.hour or keys.one_offs):
        says = "there is no hour that it could belong to. Give hour: such as Monday 20:00-21:00"
        problems.append(Problem((*at, "programme"), says))
    for role in ("hosts", "moderators", "admins"):
        for network_name in getattr(keys, role):
            _named(network_name, config, (*at, role, network_name), problems)
    return Chat(
        id=id,
        name=keys.name,
        hashtags=keys.hashtags,
        calendar=_calendar(keys, at, base, problems),
        hosts=_handles(keys.hosts),
        moderators=_handles(keys.moderators),
        admins=_handles(keys.admins),
        bots=keys.relay_bots,
        programme=None if keys.programme is None else _programme(keys.programme),
        clock_name=keys.clock_name,
        channels=tuple(channels),
        moderators_room=_moderators_room(id, keys.moderators_room, reached, config, problems),
    )


def _place(one: ChannelKeys | RoomKeys) -> tuple[str, str]:
    """Equal for two that are one."""
    return one.network, one.address.lstrip("#").casefold()


def _moderators_room(
    chat: ChatId,
    keys: RoomKeys | None,
    reached: Mapping[NetworkId, NetworkAt],
    config: ConfigKeys,
    problems: list[Problem],
) -> Channel | None:
    at: Keys = ("chats", chat, "moderators_room")
    if keys is None or not _named(keys.network, config, (*at, "network"), problems):
        return None
    network = NetworkId(keys.network)
    if network not in reached:
        return None
    if (manifest := reached[network].manifest).hashtags:
        says = f"{manifest.title} has hashtags, which everybody reads, and no rooms. Name a network that has rooms"
        problems.append(Problem((*at, "network"), says))
    return Channel(id=channel_id(chat, network, keys.address), chat=chat, network=network, address=keys.address)


def _apart(chats: Mapping[str, ChatKeys], problems: list[Problem]) -> None:
    """What moderators say in their room stays there: it must be nobody's channel, and one chat's only."""
    taken = {
        _place(one): f"channels[{number}] of {name}"
        for name, chat in chats.items()
        for number, one in enumerate(chat.channels)
    }
    for name, chat in chats.items():
        if (room := chat.moderators_room) is None:
            continue
        mine = f"the moderators' room of {name}"
        if (other := taken.setdefault(_place(room), mine)) != mine:
            says = f"this is {other}. Make a room for the moderators alone, and invite the bot there"
            problems.append(Problem(("chats", name, "moderators_room", "address"), says))


def _calendar(keys: ChatKeys, at: Keys, base: Path, problems: list[Problem]) -> Calendar:
    zone = ZoneInfo(keys.timezone)
    for number, one in enumerate(keys.one_offs):
        if not exists(one.day, one.start, zone):
            says = f"clocks in {keys.timezone} do not show {one.start:%H:%M} on {one.day}. Name another time"
            problems.append(Problem((*at, "one_offs", number), says))
    if keys.rota and keys.first is None:
        problems.append(Problem((*at, "rota"), "who hosts is counted from the first session. Give first: its day"))
    skips = list(keys.skips)
    for number, name in enumerate(keys.holidays):
        try:
            skips += holidays(base / name, date.today())
        except (OSError, ValueError) as error:
            says = f"{name} cannot be read as an iCalendar file: {str(error) or repr(error)}"
            problems.append(Problem((*at, "holidays", number), says))
    return Calendar(
        zone=zone,
        hour=hour(keys.hour) if keys.hour else None,
        first=keys.first,
        first_number=keys.first_number,
        skips=tuple(skips),
        one_offs=keys.one_offs,
        rota=keys.rota,
    )


def _programme(keys: ProgrammeKeys) -> Programme:
    """The standard programme, with what the admin has otherwise."""
    rules = dict(STANDARD.rules)
    for kind, step in keys.steps.items():
        rules[kind] = Rule(
            when=rules[kind].when if step.at is None else step.at,
            texts=rules[kind].texts if step.text is None else step.text,
        )
    return Programme(
        rules=rules,
        first_question=keys.first_question,
        grace=keys.grace,
        themes=keys.themes,
        tie=keys.tie,
        disclaimer=keys.disclaimer,
    )


def _handles(written: Mapping[str, Sequence[str]]) -> dict[NetworkId, frozenset[str]]:
    """Handles by network as they are compared; some write them without their sign."""
    found = {}
    for name, handles in written.items():
        plain = [handle.strip().casefold() for handle in handles]
        signed = (f"@{handle}" for handle in plain if not handle.startswith("@"))
        found[NetworkId(name)] = frozenset((*plain, *signed))
    return found


def _named(network: str, config: ConfigKeys, keys: Keys, problems: list[Problem]) -> bool:
    if network in config.networks:
        return True
    names = list(config.networks)
    says = f'"{network}" is not under networks: ({listed(names)}).{did_you_mean(network, names)}'
    problems.append(Problem(keys, says))
    return False


def _channel(keys: ChannelKeys, chat: ChatId, manifest: Manifest) -> Channel:
    network = NetworkId(keys.network)
    hashtag = hashtag_of(manifest, keys.address) if keys.hashtag is None else keys.hashtag
    return Channel(
        id=channel_id(chat, network, keys.address),
        chat=chat,
        network=network,
        address=keys.address,
        relay=keys.relay,
        direction=keys.direction,
        link=manifest.links if keys.link is None else keys.link,
        links=manifest.links if keys.links is None else keys.links,
        hashtag=hashtag,
        split=keys.split,
        max_parts=keys.max_parts,
        late_after=keys.late_after,
        max_age=keys.max_age,
        late=keys.late,
        digest_every=keys.digest_every,
        digest_link=keys.digest_link,
        unlisted=keys.unlisted,
    )
