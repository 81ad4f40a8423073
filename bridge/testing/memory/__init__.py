"""The platform ``memory``: a network that lives in a process, complete enough to run the bridge on.

It is a real, registered adapter and passes the contract suite. Its server is an object that adapters
of one process share by name (``server:`` in its settings), or another process that they reach by an
address (``python -m bridge.testing.memory``, ``address:``), which outlives a bridge that is killed.
"""

from bridge.adapter.manifest import Manifest
from bridge.model.ids import Platform
from bridge.testing.memory.server import MemoryServer
from bridge.testing.memory.stage import MemoryStage
from bridge.testing.memory.wire import RemoteServer, serve

__all__ = ["MemoryServer", "MemoryStage", "RemoteServer", "manifest", "serve"]

manifest = Manifest(
    platform=Platform("memory"),
    title="Memory",
    summary="A network inside a process, for tests and measurements",
    settings="bridge.testing.memory.settings:MemorySettings",
    adapter="bridge.testing.memory.adapter:memory_adapter",
    sandbox="bridge.testing.memory.stage:open_sandbox",
    address="#lounge",
)
