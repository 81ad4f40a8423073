"""Pages say what is so: their links lead somewhere, their commands exist, their rules are the ones that lint checks."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click
import pytest

from bridge.cli.main import COMMANDS, edldrs

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path.relative_to(ROOT) for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("adapters/**/*.md"))
)
_LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
_FENCE = re.compile(r"```.*?```", re.DOTALL)
_COMMAND = re.compile(r"(?:^ {4}|`)(edldrs|\./dev) ([a-z]+)([^`\n]*)", re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """As code forges make them of headings."""
    headings = _HEADING.findall(_FENCE.sub("", page.read_text()))
    return {re.sub(r"[^\w\- ]", "", one.lower()).strip().replace(" ", "-") for one in headings}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    for target in _LINK.findall(_FENCE.sub("", (ROOT / page).read_text())):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        to = (ROOT / page.parent / path).resolve() if path else ROOT / page
        assert to.exists(), f"{page}: {target} leads nowhere"
        if anchor:
            assert anchor in anchors(to), f"{page}: {target}: no such heading"


@pytest.mark.parametrize("page", [one for one in PAGES if one.name != "commands.md"], ids=str)
def test_commands_exist(page: Path) -> None:
    dev = (ROOT / "dev").read_text()
    for program, name, rest in _COMMAND.findall((ROOT / page).read_text()):
        if program == "./dev":
            assert re.search(rf"^    {name}\)", dev, re.MULTILINE), f"{page}: ./dev {name} does not exist"
            continue
        command = edldrs.get_command(click.Context(edldrs), name) if name in COMMANDS else None
        assert command is not None, f"{page}: edldrs {name} does not exist"
        options = {word for one in command.params if isinstance(one, click.Option) for word in one.opts}
        for option in re.findall(r"(?<!\S)--[a-z-]+", rest):
            assert option in options, f"{page}: edldrs {name} has no {option}"


def test_the_layers_are_those_that_lint_checks() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one["id"] == "layers")
    checked = [set(re.findall(r"bridge\.\w+", layer)) for layer in layers]
    page = (ROOT / "docs/architecture.md").read_text()
    told = [set(re.findall(r"bridge\.\w+", line)) for line in re.findall(r"^\d+\. (`bridge.*)$", page, re.MULTILINE)]
    assert told == checked


def test_every_folder_of_the_core_is_told_of() -> None:
    page = (ROOT / "docs/architecture.md").read_text()
    folders = {one.parent.name for one in (ROOT / "bridge").glob("*/__init__.py")}
    assert not {one for one in folders if f"bridge/{one}`" not in page}


def test_the_core_names_no_platform() -> None:
    """What differs between platforms comes from adapters, by entry point."""
    platforms = re.compile(r"mastodon|matrix|twitter|bluesky|\belement\b|\bsynapse\b|tweet", re.IGNORECASE)
    named = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sorted((ROOT / "bridge").rglob("*"))
        if path.suffix in (".py", ".html", ".js", ".css", ".mako")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if platforms.search(line)
    ]
    assert not named, "\n".join(named)
