"""Measurements, always side by side with something known in the same run. ``python -m bench NAME [--json]``."""
