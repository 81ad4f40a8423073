"""The contract suite: what the core relies on, tried against one adapter and its stand-in.

A test file of an adapter, ours or somebody else's, is one subclass::

    from bridge.testing.contract import AdapterContract

    class TestExample(AdapterContract):
        manifest = example.manifest

The suite starts the sandbox that the manifest names and builds the adapter itself. What an adapter
declares is tried, what it does not declare is never called; a stage that cannot do a thing leaves it
untried, and the skip says so. A failure says what the core will do, what you did, and how to mend it.
Needs pytest and pytest-asyncio.
"""

from bridge.testing.contract.failing import FailingContract
from bridge.testing.contract.harness import Ear, Suite, listening
from bridge.testing.contract.living import LivingContract
from bridge.testing.contract.reading import ReadingContract
from bridge.testing.contract.resuming import ResumingContract
from bridge.testing.contract.writing import WritingContract

__all__ = ["AdapterContract", "Ear", "Suite", "listening"]


class AdapterContract(ReadingContract, ResumingContract, WritingContract, FailingContract, LivingContract):
    """All of it. Subclass it as ``class TestYourPlatform(AdapterContract)`` and set ``manifest``."""
