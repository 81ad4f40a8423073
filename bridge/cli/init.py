"""`edldrs init`: writes a commented config.yaml, by asking, or from options."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel, SecretStr

from bridge.adapter import Manifest, manifests
from bridge.cli.common import config_option
from bridge.cli.errors import fail
from bridge.config.example import commented
from bridge.config.load import load
from bridge.config.problems import ConfigError, did_you_mean, listed
from bridge.model.ids import Platform
from bridge.sessions.standard import STANDARD


@click.command()
@config_option
@click.option("--chat", "name", default=None, help="The chat's name, such as #EdLdrs")
@click.option("--hashtag", "hashtags", multiple=True, help="A hashtag of the chat (may be repeated)")
@click.option("--timezone", default=None, help="Where its clock hangs, such as Europe/London")
@click.option("--hour", default=None, help="The weekly hour, such as 'Monday 20:00-21:00'; empty for none")
@click.option(
    "--programme/--no-programme", default=None, help="The bot runs the hour: theme poll, welcome, questions, summary"
)
@click.option(
    "--moderator", "moderators", multiple=True, metavar="NETWORK=HANDLE", help="Who moderates (may be repeated)"
)
@click.option("--network", "networks", multiple=True, metavar="NAME=PLATFORM", help="A network (may be repeated)")
@click.option("--channel", "channels", multiple=True, metavar="NETWORK=ADDRESS", help="A channel (may be repeated)")
@click.option("--set", "settings", multiple=True, metavar="NETWORK.KEY=VALUE", help="A network's key (may be repeated)")
@click.option("--yes", is_flag=True, help="Ask nothing: take the options, and defaults for what they leave out")
@click.option("--force", is_flag=True, help="Replace a file that is there")
def init(
    file: Path,
    name: str | None,
    hashtags: Sequence[str],
    timezone: str | None,
    hour: str | None,
    programme: bool | None,
    moderators: Sequence[str],
    networks: Sequence[str],
    channels: Sequence[str],
    settings: Sequence[str],
    yes: bool,
    force: bool,
) -> None:
    """Write a commented config.yaml. What no option says is asked, unless --yes.

    Tokens are not asked for: `edldrs login NETWORK` obtains them.
    """
    if file.exists() and not force:
        fail(f"{file} is there already. Edit it, name another with --config, or replace it with --force", 2)
    chat: dict[str, Any] = {
        "name": _asked(name, "Name of the chat", "#EdLdrs", yes),
        "hashtags": [tag.lstrip("#") for tag in hashtags],
    }
    if not chat["hashtags"]:
        chat["hashtags"] = [_asked(None, "Its hashtag", chat["name"], yes).lstrip("#")]
    chat["timezone"] = _asked(timezone, "Its timezone", "Europe/London", yes)
    chat["hour"] = _asked(hour, "Its weekly hour", "Monday 20:00-21:00", yes)
    if chat["hour"] and _wanted(programme, "Shall the bot run it: theme poll, welcome, questions, summary?", yes):
        chat["programme"] = {"themes": STANDARD.themes}
    given = _networks(networks, yes)
    for setting in settings:
        _set(given, setting)
    if not yes:
        for network in given:
            _ask_required(network, given[network])
    chat["channels"] = [_channel(one, given) for one in channels] or _ask_channels(given, chat["hashtags"][0], yes)
    chat["moderators"] = _moderators(moderators, given, yes)
    identifier = "".join(c for c in chat["hashtags"][0].lower() if c.isascii() and c.isalnum()) or "chat"
    _write(file, commented({"networks": given, "chats": {identifier: chat}}))
    _next_steps(file, given)


def _asked(given: str | None, question: str, default: str, yes: bool) -> str:
    if given is not None or yes:
        return default if given is None else given
    return str(click.prompt(question, default=default))


def _wanted(given: bool | None, question: str, yes: bool) -> bool:
    if given is not None or yes:
        return bool(given)
    return click.confirm(question, default=True)


def _moderators(options: Sequence[str], given: dict[str, dict[str, Any]], yes: bool) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for option in options:
        network, equals, handle = option.partition("=")
        if not equals or not handle or network not in given:
            fail(f"--moderator {option}: write NETWORK=HANDLE, with a network of --network", 2)
        found.setdefault(network, []).append(handle)
    if options or yes:
        return found
    for name, values in given.items():
        example = manifests()[Platform(values["platform"])].example.host
        asked = f"  Who moderates on {name}: handles{f' such as {example}' if example else ''}, or nothing"
        if handles := str(click.prompt(asked, default="", show_default=False)).replace(",", " ").split():
            found[name] = handles
    return found


def _networks(options: Sequence[str], yes: bool) -> dict[str, dict[str, Any]]:
    platforms = manifests()
    if options:
        return dict(_network(one, platforms) for one in options)
    if yes:
        fail("name the networks: --network NAME=PLATFORM", 2)
    given: dict[str, dict[str, Any]] = {}
    for manifest in platforms.values():
        # What is only for tests and measurements is not asked for.
        if manifest.login and click.confirm(f"Is the chat on {manifest.title}?", default=True):
            name = click.prompt("  A name for this login", default=manifest.title.lower())
            given[name] = {"platform": manifest.platform}
    if not given:
        fail("a chat needs a network", 2)
    return given


def _network(option: str, platforms: dict[Platform, Manifest]) -> tuple[str, dict[str, Any]]:
    name, _, platform = option.partition("=")
    platform = platform or name
    if Platform(platform) not in platforms:
        names = sorted(platforms)
        fail(f'--network {option}: "{platform}" is not one of {listed(names)}.{did_you_mean(platform, names)}', 2)
    return name, {"platform": platform}


def _set(given: dict[str, dict[str, Any]], option: str) -> None:
    where, equals, value = option.partition("=")
    network, dot, key = where.partition(".")
    if not (equals and dot and key) or network not in given:
        fail(f"--set {option}: write NETWORK.KEY=VALUE, with a network of --network", 2)
    given[network][key] = value


def _ask_required(name: str, values: dict[str, Any]) -> None:
    """The keys that a platform cannot do without; secrets come with the login."""
    manifest = manifests()[Platform(values["platform"])]
    model: type[BaseModel] = manifest.load(manifest.settings)
    for key, field in model.model_fields.items():
        if field.is_required() and field.annotation is not SecretStr and key not in values:
            values[key] = click.prompt(f"  {name}: {key} ({field.description})")


def _channel(option: str, given: dict[str, dict[str, Any]]) -> dict[str, str]:
    network, equals, address = option.partition("=")
    if not equals or not address or network not in given:
        fail(f"--channel {option}: write NETWORK=ADDRESS, with a network of --network", 2)
    return {"network": network, "address": address}


def _ask_channels(given: dict[str, dict[str, Any]], hashtag: str, yes: bool) -> list[dict[str, str]]:
    found = []
    for name, values in given.items():
        manifest = manifests()[Platform(values["platform"])]
        default = f"#{hashtag}" if manifest.hashtags else manifest.address
        asked = f"  Where on {manifest.title} (such as {manifest.address})"
        address = default if yes else click.prompt(asked, default=default)
        found.append({"network": name, "address": address})
    return found


def _write(file: Path, text: str) -> None:
    """Only a file that loads (but for tokens) is worth writing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f".{file.name}.new")
    new.write_text(text, encoding="utf-8")
    try:
        load(new)
    except ConfigError as error:
        wrong = [one for one in error.problems if not one.says.startswith("is missing. Run `edldrs login")]
        if wrong:
            new.unlink()
            fail("this would not work:\n" + "\n".join(str(ConfigError(file, [one])) for one in wrong), 2)
    new.replace(file)


def _next_steps(file: Path, given: dict[str, dict[str, Any]]) -> None:
    click.echo(f"Wrote {file}. Next:")
    for name, values in given.items():
        if manifests()[Platform(values["platform"])].login:
            click.echo(f"  edldrs login {name}")
    click.echo("  edldrs doctor\n  edldrs run")
