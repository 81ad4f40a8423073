"""``python -m bench NAME [--json]``: run one bench. With ``--json`` the last line is one object,
``{"bench": NAME, "results": {figure: number}}``."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
from importlib import import_module

import structlog

from bridge.app import collect_seldom

BENCHES = ("poll", "relay")


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev bench", description="Measure, side by side with a bare client.")
    parser.add_argument("name", choices=BENCHES)
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    parser.add_argument("--only", action="append", metavar="FIGURE", help="only figures whose names begin so")
    asked = parser.parse_args()
    # What the bridge logs of its day does not belong among the figures.
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    collect_seldom()  # as `edldrs run` does
    results = asyncio.run(import_module(f"bench.{asked.name}").run(tuple(asked.only or ("",))))
    if asked.json:
        print(json.dumps({"bench": asked.name, "results": results}))


if __name__ == "__main__":
    main()
