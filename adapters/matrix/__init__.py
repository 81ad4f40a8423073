"""Matrix, by the client-server API."""

from bridge.adapter import Example, Manifest
from bridge.model.ids import Platform

manifest = Manifest(
    platform=Platform("matrix"),
    title="Matrix",
    summary="Matrix rooms, on any homeserver",
    settings="adapters.matrix.settings:Settings",
    adapter="adapters.matrix.client:MatrixAdapter",
    login="adapters.matrix.login:login",
    sandbox="adapters.matrix.sandbox:open_sandbox",
    address="#edldrs:example.org",
    example=Example(network={"homeserver": "https://matrix.example.org"}),
)
