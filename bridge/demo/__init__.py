"""Three networks on this machine, the bridge between them, and one page to try it on."""

from bridge.demo.running import run_demo

__all__ = ["run_demo"]
