"""What an admin writes in config.yaml, checked, and handed on as plain values."""

from bridge.config.installation import Installation, NetworkAt

__all__ = ["Installation", "NetworkAt"]
