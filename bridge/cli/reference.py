"""The pages that are made from the code, so that they cannot drift: ``python -m bridge.cli.reference``
writes them, and a test compares."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bridge.adapter import manifests
from bridge.cli.main import COMMANDS, edldrs
from bridge.commands import registry
from bridge.config.example import default_of, example, shown, spell_when
from bridge.config.schema import (
    BudgetKeys,
    ChannelKeys,
    ChatKeys,
    ConfigKeys,
    NetworkKeys,
    ProgrammeKeys,
    RoomKeys,
    StepKeys,
)
from bridge.model.chat import Role
from bridge.model.programme import StepKind
from bridge.sessions.standard import STANDARD
from bridge.sessions.wording import PLACEHOLDERS

_WIDTH = 100
_MAY = {
    Role.LEADER: "Everybody",
    Role.HOST: "Hosts",
    Role.MODERATOR: "Moderators, and what hosts may",
    Role.ADMIN: "Admins, and what moderators may",
}
_MODERATING = """\
# Moderating

Made from the code; `edldrs say help` says the same. Who is host, moderator or admin stands in
[config.yaml](config.md#under-chats-name): `hosts`, `moderators` and `admins`, the handles for each network. The
command line is admin.

A command can be said

- in the moderators' room (`moderators_room` in config.yaml), as it stands; talk there is left alone, and nothing that
  is said there crosses, is counted or is kept;
- to the bot in private, on every network that has private messages;
- to the bot by mention, or behind a `!` in a room; others see that, but it does not cross;
- on the command line: `edldrs say poll close`.

Answers come in private, or in the moderators' room where it was said there. Where a network has no private messages
there is none. A command stands alone or in the form below: `stop giving homework` is talk. What has to be seen before
it is done is shown first, and waits 15 minutes for a `yes` of the same account, also across a restart.\
"""


def pages() -> dict[str, str]:
    """Each generated file, by its path in the repository."""
    return {
        "config.yaml.example": example(),
        "docs/commands.md": "\n".join(_commands()) + "\n",
        "docs/config.md": "\n".join(_config()) + "\n",
        "docs/moderating.md": "\n".join(_moderating()) + "\n",
    }


def _commands() -> Iterator[str]:
    yield "# Commands"
    yield ""
    yield "Made from the code; `edldrs COMMAND --help` says the same."
    group = click.Context(edldrs, info_name="edldrs", max_content_width=_WIDTH)
    for name, says in COMMANDS.items():
        command = edldrs.get_command(group, name)
        assert command is not None
        context = click.Context(command, info_name=name, parent=group, terminal_width=_WIDTH)
        yield from ("", f"## edldrs {name}", "", f"{says}.", "", "```", command.get_help(context), "```")
        if isinstance(command, click.Group):
            for part, one in command.commands.items():
                inner = click.Context(one, info_name=part, parent=context, terminal_width=_WIDTH)
                yield from ("", f"### edldrs {name} {part}", "", "```", one.get_help(inner), "```")


def _moderating() -> Iterator[str]:
    yield from _MODERATING.splitlines()
    for role in Role:
        commands = [one for one in registry.COMMANDS if one.least is role]
        if not commands:
            continue
        yield from ("", f"## {_MAY[role]}", "", "| command | what it does |", "|---|---|")
        for one in commands:
            told = f"{one.says[:1].upper()}{one.says[1:]}. {one.more}".strip()
            yield f"| {_code(one.usage)} | {told.replace('|', chr(92) + '|')} |"


def _code(words: str) -> str:
    return f"`{words.replace('|', chr(92) + '|')}`"


def _config() -> Iterator[str]:
    yield "# Keys of config.yaml"
    yield ""
    yield "Made from the code. Times are written `30 s`, `10 min`, `12 h`, `1 day`. Any value under `networks:`"
    yield "may be `env:NAME` (an environment variable) or `file:PATH` (a file's content); tokens are best left to"
    yield "`edldrs login`. Relative paths start where config.yaml is."
    sections: list[tuple[str, type[BaseModel]]] = [
        ("Top", ConfigKeys),
        ("Under `networks: NAME:`", NetworkKeys),
        ("Under `networks: NAME: budget:`", BudgetKeys),
        ("Under `chats: NAME:`", ChatKeys),
        ("Under `chats: NAME: programme:`", ProgrammeKeys),
        ("Under `chats: NAME: programme: steps: STEP:`", StepKeys),
        ("Under `chats: NAME: channels:`, each", ChannelKeys),
        ("Under `chats: NAME: moderators_room:`", RoomKeys),
    ]
    for title, model in sections:
        yield from ("", f"## {title}", "", *_table(model))
        if model is StepKeys:
            yield from _steps()
    for manifest in manifests().values():
        if manifest.login:  # what is for tests only is not for admins
            model = manifest.load(manifest.settings)
            yield from ("", f"## Further keys of a network with `platform: {manifest.platform}` ({manifest.title})", "")
            yield from _table(model)


def _steps() -> Iterator[str]:
    yield ""
    yield "The steps, and when they happen where nothing else is said:"
    yield ""
    for kind, rule in STANDARD.rules.items():
        when = "each at its minute" if kind is StepKind.QUESTION else ", ".join(spell_when(one) for one in rule.when)
        yield f"- `{kind}`: {when}"
    yield ""
    yield "What texts may say:"
    yield ""
    yield from (f"- `{{{name}}}`: {says}" for name, says in PLACEHOLDERS.items())


def _table(model: type[BaseModel]) -> Iterator[str]:
    yield "| key | if left out | meaning |"
    yield "|---|---|---|"
    for name, field in model.model_fields.items():
        yield f"| `{name}` | {_default(field)} | {(field.description or '').replace('|', '/')} |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be given"
    value = shown(default_of(field))
    return f"`{value}`" if value not in ("", '""', "[]", "{}") else ""


def main() -> None:
    for path, text in pages().items():
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
