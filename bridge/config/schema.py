"""The keys of config.yaml, each with its meaning: the example, the reference page and the checks are made
from these. Keys of a platform's own come from the settings model that its manifest names."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from bridge.config.problems import did_you_mean
from bridge.config.words import hour, one_off, skip, when
from bridge.model.calendar import OneOff, Skip
from bridge.model.chat import Direction, Late, Relay, Split
from bridge.model.poll import MOST_OPTIONS, Tie
from bridge.model.programme import StepKind, When
from bridge.model.times import duration
from bridge.sessions.standard import STANDARD
from bridge.sessions.wording import check


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        mend = did_you_mean(name, sorted(available_timezones()))
        raise ValueError(f'"{name}" is no time zone. Write one such as Europe/London.{mend}') from None
    return name


def _hashtag(word: str) -> str:
    word = word.strip().lstrip("#＃")
    if not word or any(not (c.isalnum() or c == "_") for c in word):
        raise ValueError("a hashtag is one word, such as EdLdrs")
    return word


def _several(written: object) -> object:
    """One host alone may be written without a list."""
    return (written,) if isinstance(written, str) else written


def _listed(written: object) -> object:
    """One alone may be written without a list."""
    return written if isinstance(written, list | tuple) else (written,)


def _template(words: str) -> str:
    check(words)
    return words


def _step(written: object) -> object:
    """A step may be off, which YAML of old reads as false."""
    return {"at": ()} if written is False or written == "off" else written


def _all_as_usual(written: object) -> object:
    """A key with nothing below it was written, and is not as if it were left out."""
    return {} if written is None else written


Duration = Annotated[timedelta, BeforeValidator(duration)]
Zone = Annotated[str, AfterValidator(_zone)]
Hashtag = Annotated[str, AfterValidator(_hashtag)]
DaysOff = Annotated[Skip, BeforeValidator(skip)]
SessionBeside = Annotated[OneOff, BeforeValidator(one_off)]
Times = Annotated[tuple[Annotated[When, BeforeValidator(when)], ...], BeforeValidator(_listed)]
Templates = Annotated[
    tuple[Annotated[str, AfterValidator(_template)], ...], BeforeValidator(_listed), Field(min_length=1)
]
Hosts = Annotated[tuple[str, ...], BeforeValidator(_several)]
Count = Annotated[int, Field(ge=0)]
Money = Annotated[float, Field(ge=0)]


class _Keys(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BudgetKeys(_Keys):
    """What the admin allows; what is left out is not limited."""

    per_15_minutes: Count | None = Field(None, description="Posts in any 15 minutes")
    per_day: Count | None = Field(None, description="Posts in any 24 hours")
    per_month: Count | None = Field(None, description="Posts in any 31 days")
    usd_per_day: Money | None = Field(None, description="US dollars in any 24 hours, reading included")
    usd_per_month: Money | None = Field(None, description="US dollars in any 31 days, reading included")


class NetworkKeys(BaseModel):
    """One login on one server. Its further keys are those of its platform."""

    model_config = ConfigDict(extra="allow", frozen=True)

    platform: str = Field(description="Which adapter speaks to it")
    title: str = Field("", description="How people see it named in copies; the platform's own name if left out")
    budget: BudgetKeys = Field(BudgetKeys(), description="How much the bridge may post and spend there")


class ChannelKeys(_Keys):
    """A place of the chat on one network: a hashtag, or a room."""

    network: str = Field(description="A key under networks:")
    address: str = Field(min_length=1, description="The hashtag or the room, as the platform writes it")
    relay: Relay = Field(
        Relay.ALL,
        description="What comes here: all; hosts (only what hosts say); session (in the weekly hour all, else hosts); "
        "digest (one post that sums up); none",
    )
    direction: Direction = Field(Direction.BOTH, description="both, in (only read) or out (only posted to)")
    link: bool | None = Field(
        None, description="Copies link the original; if left out, yes, except where a link costs extra"
    )
    links: bool | None = Field(
        None, description="Links that people share stay links; if left out, yes, except where a link costs extra"
    )
    hashtag: Hashtag | None = Field(
        None, description="Hashtag that copies must carry; if left out, the channel's own where it is one"
    )
    split: Split = Field(Split.THREAD, description="A long post becomes a thread, or is shortened: thread, shorten")
    max_parts: int = Field(3, ge=1, le=25, description="At most so many posts in a thread")
    late_after: Duration = Field(timedelta(minutes=10), description="A copy that comes later says when it was said")
    max_age: Duration = Field(timedelta(hours=12), description="What is older when it is read counts as old")
    late: Late = Field(
        Late.DIGEST, description="What is old is still copied, told of, or left out: relay, digest, skip"
    )
    digest_every: Duration = Field(timedelta(days=1), description="Time between two digests")
    digest_link: str = Field("", description="Link at the end of a digest")
    unlisted: bool = Field(False, description="Copies are not found under the hashtag, where the platform can do that")


class RoomKeys(_Keys):
    """A room on one network."""

    network: str = Field(description="A key under networks:")
    address: str = Field(min_length=1, description="The room, as the platform writes it")


class StepKeys(_Keys):
    """One step of the programme; what is left out is as usual."""

    at: Times | None = Field(
        None,
        description="When, such as 2 days before, start, 5 min after, end, 20 min after the end; several in a list",
    )
    text: Templates | None = Field(None, description="What is said; of several in a list one is taken in turn")


class ProgrammeKeys(_Keys):
    """What the bot does before, in and after the weekly hour."""

    first_question: Duration = Field(
        STANDARD.first_question, description="After the start; the others follow evenly, unless the host says when"
    )
    grace: Duration = Field(
        STANDARD.grace, le=timedelta(days=1), description="What is said so soon after the end belongs to the session"
    )
    themes: int = Field(STANDARD.themes, ge=2, le=MOST_OPTIONS, description="How many themes the shortlist proposes")
    tie: Tie = Field(STANDARD.tie, description="What decides a tie of the theme poll: first, draw, moderators")
    disclaimer: str = Field(STANDARD.disclaimer, description="What the welcome says of whose words they are")
    steps: dict[StepKind, Annotated[StepKeys, BeforeValidator(_step)]] = Field(
        default_factory=dict,
        description=f"Steps that are otherwise than usual, or off: {', '.join(StepKind)}",
    )


class ChatKeys(_Keys):
    """One community."""

    name: str = Field(min_length=1, description="How people call it")
    hashtags: tuple[Hashtag, ...] = Field(min_length=1, description="Its hashtags; the first is the chief one")
    timezone: Zone = Field("Europe/London", description="Where its clock hangs")
    hour: str = Field("", description="The weekly hour, such as Monday 20:00-21:00")
    first: date | None = Field(None, description="Day of the first session, from which sessions are counted")
    first_number: int = Field(1, ge=0, description="The number of that session")
    skips: tuple[DaysOff, ...] = Field(
        (), description="Days without the weekly hour, such as 2026-12-21..2027-01-03 Christmas"
    )
    holidays: tuple[str, ...] = Field((), description="iCalendar files; on the days of their events there is no hour")
    one_offs: tuple[SessionBeside, ...] = Field(
        (), description="Sessions beside the weekly hour, such as 2026-12-15 19:00-20:30 Christmas quiz"
    )
    rota: tuple[Hosts, ...] = Field(
        (), description="Who hosts, in turn from the first session on; several together in a list: [ann, [ben, eve]]"
    )
    hosts: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="For each network, the handles of the hosts there"
    )
    moderators: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="For each network, the handles of those who may open polls and look after all"
    )
    admins: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="For each network, the handles of those who may also stop and start networks"
    )
    moderators_room: RoomKeys | None = Field(
        None,
        description="A room where moderators talk: the bot takes commands there, and nothing crosses from or to it, "
        'such as {network: NAME, address: "#moderators"}',
    )
    relay_bots: bool = Field(False, description="Posts of other bots cross too")
    clock_name: str = Field("", description="How people call its time, such as UK; the timezone's city if left out")
    programme: Annotated[ProgrammeKeys | None, BeforeValidator(_all_as_usual)] = Field(
        None, description="The bot runs the hour: suggestions, theme poll, welcome, questions, summary; not if left out"
    )
    channels: tuple[ChannelKeys, ...] = Field(min_length=1, description="Where it is")

    @field_validator("hour")
    @classmethod
    def _hour(cls, written: str) -> str:
        if written:
            hour(written)
        return written


class ConfigKeys(_Keys):
    """All of config.yaml."""

    database: str = Field(
        "sqlite:///edldrs.db",
        description="Where the journal is: sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME",
    )
    folder: str = Field("edldrs-data", description="Folder for stored tokens and what networks may make again")
    networks: dict[str, NetworkKeys] = Field(min_length=1, description="The logins, each under a name of your choice")
    chats: dict[str, ChatKeys] = Field(min_length=1, description="The communities, each under a short name")


def describe(model: type[BaseModel]) -> list[tuple[str, Any]]:
    """The keys of a model with their pydantic fields, in order."""
    return list(model.model_fields.items())
