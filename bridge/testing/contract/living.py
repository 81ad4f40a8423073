"""How an adapter lives: it says who it is, comes when it is called, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path

import pydantic

from bridge.adapter import Adapter, AdapterError, Checkpoint, Sandbox, Severity, powers
from bridge.testing.contract.harness import Suite, key, listening, require, word


class LivingContract(Suite):
    async def test_its_settings_are_described_and_strict(self) -> None:
        model = self.manifest.load(self.manifest.settings)
        require(
            issubclass(model, pydantic.BaseModel) and model.model_config.get("extra") == "forbid",
            core="checks config.yaml against the settings before anything starts.",
            you=f"named {model!r}, which takes unknown keys or is no pydantic model.",
            mend='set model_config = ConfigDict(extra="forbid").',
        )
        silent = [name for name, field in model.model_fields.items() if not field.description]
        require(
            not silent,
            core="makes `edldrs init`, the example config and the reference page from the settings.",
            you=f"left {', '.join(silent)} without a description.",
            mend="give each field a description.",
        )

    async def test_its_manifest_is_whole(self) -> None:
        manifest = self.manifest
        require(
            manifest.platform == manifest.platform.lower() and manifest.title and manifest.summary and manifest.address,
            core="shows title, summary and an example address in its help, and names the platform in config.yaml.",
            you=f"gave {manifest!r}.",
            mend="fill them, the platform's name in lower case.",
        )

    async def test_it_is_an_adapter(self, sandbox: Sandbox, adapter: Adapter) -> None:
        require(
            isinstance(adapter, Adapter) and adapter.account,
            core="calls what the protocol names, and knows its own posts by the account.",
            you=f"gave {adapter!r} with the powers {powers(adapter)}.",
            mend="implement bridge.adapter.Adapter; account is known once entered.",
        )

    async def test_its_limits_can_be_used(self, sandbox: Sandbox, adapter: Adapter) -> None:
        limits = await adapter.limits(self.channel(sandbox))
        began = time.perf_counter()
        for _ in range(10):
            await adapter.limits(self.channel(sandbox))
        took = (time.perf_counter() - began) / 10
        require(
            limits.text.maximum > 0 and limits.media.count >= 0 and limits.text.unit,
            core="renders to these limits.",
            you=f"gave {limits!r}.",
            mend="read them from the server.",
        )
        require(
            took < 0.01,
            core="asks for the limits before each post.",
            you=f"took {took * 1000:.0f} ms each time.",
            mend="read them once per connect and keep them.",
        )

    async def test_the_doctor_finds_it_well(self, sandbox: Sandbox, adapter: Adapter) -> None:
        findings = await adapter.check()
        bad = [finding for finding in findings if finding.severity is Severity.ERROR]
        require(
            findings and not bad,
            core="shows the findings to an admin, and calls the network ill when one is an error.",
            you=f"found {list(findings)!r} in a sandbox where all is well.",
            mend="say what was looked at and what is so; keep errors for what must be mended.",
        )
        mute = [f for f in findings if f.severity is not Severity.OK and not f.mend]
        require(
            not mute,
            core="tells the admin what to do.",
            you=f"left {mute!r} without a mend.",
            mend="fill Finding.mend for all that is not OK.",
        )

    async def test_a_cancelled_stream_ends_at_once(self, sandbox: Sandbox, adapter: Adapter) -> None:
        async with listening(adapter, self.patience) as ear:
            await ear.hear(lambda event: isinstance(event, Checkpoint), "the first Checkpoint")
            began = time.monotonic()
            ear.task.cancel()
            await asyncio.wait({ear.task}, timeout=self.patience)
            took = time.monotonic() - began
        require(
            ear.task.cancelled() and took < self.prompt,
            core="stops within seconds on SIGTERM.",
            you=f"took {took:.1f} s to end a cancelled events(), which ended as {ear.task!r}.",
            mend="let CancelledError pass, and wait for no server on the way.",
        )

    async def test_it_leaves_nothing_behind(self, sandbox: Sandbox, tmp_path: Path) -> None:
        tasks, threads = asyncio.all_tasks(), set(threading.enumerate())
        began = time.monotonic()
        async with self.open(sandbox, tmp_path) as adapter:
            async with listening(adapter, self.patience) as ear:
                await self.tuned_in(ear, sandbox.stage, sandbox.channels[0])
                await adapter.post(self.outgoing(sandbox, f"Goodbye {word()}"), key())
            began = time.monotonic()
        took = time.monotonic() - began
        require(
            took < self.prompt,
            core="stops within seconds on SIGTERM.",
            you=f"took {took:.1f} s to close.",
            mend="close connections without waiting for the other side.",
        )
        left: set[object] = set()
        while time.monotonic() < began + self.prompt:
            # The loop's own pool of threads belongs to the loop, and is named by it.
            running = {t for t in threading.enumerate() if not t.name.startswith("asyncio_")}
            left = {*(asyncio.all_tasks() - tasks), *(running - threads)}
            if not left:
                break
            await asyncio.sleep(0.02)
        require(
            not left,
            core="opens a network again whenever it has to, for months.",
            you=f"left {left!r} behind.",
            mend="end on exit what was started on entry or by events().",
        )

    async def test_it_can_be_opened_again(self, sandbox: Sandbox, tmp_path: Path) -> None:
        for _ in range(2):
            async with self.open(sandbox, tmp_path) as adapter, listening(adapter, self.patience) as ear:
                await self.tuned_in(ear, sandbox.stage, sandbox.channels[0])

    async def test_it_raises_only_errors_that_the_core_knows(self, sandbox: Sandbox, adapter: Adapter) -> None:
        nothing = self.outgoing(sandbox, "")
        try:
            await adapter.post(nothing, key())
        except AdapterError:
            return
        except Exception as error:
            require(
                False,
                core="stops at an error that it does not know, as a mistake in the program.",
                you=f"raised {error!r} for a post with nothing in it.",
                mend="translate the library's errors into those of bridge.adapter.errors.",
            )
