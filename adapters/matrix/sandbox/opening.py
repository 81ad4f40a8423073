"""Starts the homeserver as a child process, and furnishes it: two rooms, and the bot in both."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from adapters.matrix.sandbox.homeserver import SERVER_NAME
from adapters.matrix.sandbox.people import PASSWORD, mxid
from adapters.matrix.sandbox.stage import BOT, HOST, MatrixStage
from bridge.adapter import Sandbox, stand_in_process

CHANNELS = {f"#edldrs:{SERVER_NAME}": "EdLdrs", f"#staffroom:{SERVER_NAME}": "Staff room"}


@asynccontextmanager
async def open_sandbox(folder: Path) -> AsyncIterator[Sandbox]:
    """See :class:`bridge.adapter.OpenSandbox`. A folder that was used before comes up as it was left."""
    async with stand_in_process("adapters.matrix.sandbox", folder, str(folder)) as told:
        where = json.loads(told)
        stage = MatrixStage(where["homeserver"], where["control"])
        try:
            login, *_ = await asyncio.gather(_bot(stage), *(stage.open_room(a, n) for a, n in CHANNELS.items()))
            yield Sandbox(
                settings={
                    "homeserver": where["gateway"],
                    "user": login["user_id"],
                    "device": login["device_id"],
                    "token": login["access_token"],
                    "admins": [mxid(HOST)],
                    "request_timeout": 5,  # nothing here takes longer, and tests should not wait
                },
                channels=tuple(CHANNELS),
                stage=stage,
                url=f"{where['homeserver']}/_matrix/static/",
                note='With Element, after "Sign in" and "Edit" beside the homeserver:\n'
                f"homeserver   {where['homeserver']}\n"
                f"user         reader\n"
                f"password     {PASSWORD}\n"
                f"room         {next(iter(CHANNELS))}",
            )
        finally:
            await stage.close()


async def _bot(stage: MatrixStage) -> Any:
    """The bot's login, on a device of its own: transaction ids are remembered for each device."""
    await asyncio.gather(stage.people.token(BOT), stage.people.token("reader"))
    return await stage.people.login(BOT, "EDLDRS")
