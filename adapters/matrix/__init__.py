"""Matrix, by the client-server API."""

from bridge.adapter import Example, Manifest, PollLimit
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
    # MSC3381: https://github.com/matrix-org/matrix-spec-proposals/blob/main/proposals/3381-polls.md
    poll=PollLimit(options=20, label=340, multiple=True, ends=False),
    sign="M4 1.5H1.8v13H4M12 1.5h2.2v13H12M5 10.5v-5m0 1.8c.6-1.6 2.8-1.6 2.8.2v3m0-3c.5-1.8 3-1.8 3 .2v2.8",
)
