"""One folder per platform. This file must exist: without it, ``import mastodon`` inside tests can
find our folder instead of Mastodon.py."""
