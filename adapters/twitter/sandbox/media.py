"""Files: initialize, append, finalize, status, and the text that describes them.

docs.x.com/x-api/media/{initialize-media-upload,append-media-upload,finalize-media-upload,
get-media-upload-status,create-media-metadata} and x-api/media/quickstart/best-practices.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from adapters.twitter.sandbox import prices, problems
from adapters.twitter.sandbox.calls import Answer, Call
from adapters.twitter.sandbox.state import Media

STATUS = frozenset(["media_id", "command"])

_TYPES = {
    "tweet_image": ("image/jpeg", "image/png", "image/webp", "image/bmp", "image/tiff", "image/pjpeg"),
    "tweet_gif": ("image/gif",),
    "tweet_video": ("video/mp4", "video/quicktime", "video/webm", "video/mp2t"),
    "amplify_video": ("video/mp4", "video/quicktime", "video/webm", "video/mp2t"),
    "dm_image": ("image/jpeg", "image/png", "image/webp"),
    "dm_gif": ("image/gif",),
    "dm_video": ("video/mp4",),
}
_LARGEST = {"image": 5 * 1024 * 1024, "gif": 15 * 1024 * 1024, "video": 512 * 1024 * 1024}
_CHUNK = 5 * 1024 * 1024
_ALT = 1_000
_EXPIRES = 86_399


def initialize(call: Call) -> Answer:
    """POST /2/media/upload/initialize"""
    mime, size = call.body.get("media_type"), call.body.get("total_bytes")
    category = call.body.get("media_category", "tweet_image")
    if category not in _TYPES:
        raise problems.invalid(f"$.media_category: does not have a value in the enumeration [{', '.join(_TYPES)}]")
    if mime not in _TYPES[category]:
        raise problems.invalid(f"$.media_type: {mime!r} does not go with media_category {category}")
    largest = _LARGEST[category.rsplit("_", 1)[1]]
    if not isinstance(size, int) or not 0 < size <= largest:
        raise problems.invalid(f"$.total_bytes: must have a minimum value of 1 and a maximum of {largest}")
    world = call.world
    media = Media(world.new_id(), call.me, mime, size, category)
    world.media[media.id] = media
    return Answer({"data": _told(media)})


def append(call: Call) -> Answer:
    """POST /2/media/upload/:id/append, as multipart (``media``) or JSON (in base64)"""
    media = _mine(call, call.path["id"])
    index = str(call.body.get("segment_index", ""))
    if not index.isdigit() or int(index) > 999:
        raise problems.invalid("$.segment_index: must be an integer from 0 to 999")
    chunk = call.body.get("media")
    if isinstance(chunk, str):
        try:
            chunk = base64.b64decode(chunk, validate=True)
        except binascii.Error as error:
            raise problems.invalid("$.media: is not base64") from error
    if not isinstance(chunk, bytes) or not 0 < len(chunk) <= _CHUNK:
        raise problems.invalid(f"$.media: must be a file of at most {_CHUNK} bytes")
    if media.final:
        raise problems.invalid("The upload was finalized already.")
    media.chunks[int(index)] = chunk
    return Answer({"data": {"expires_at": int(call.world.now()) + _EXPIRES}})


def finalize(call: Call) -> Answer:
    """POST /2/media/upload/:id/finalize"""
    media = _mine(call, call.path["id"])
    if len(media.data) != media.size:
        raise problems.invalid(
            f"Upload is incomplete: {len(media.data)} of {media.size} bytes.", total_bytes=str(media.size)
        )
    if not media.final:
        media.final = True
        slow = media.kind != "photo"
        media.ready_at = call.world.now() + (call.world.settings.media_processing if slow else 0)
    return Answer({"data": _told(media) | {"size": media.size} | _processing(call, media)})


def status(call: Call) -> Answer:
    """GET /2/media/upload?command=STATUS&media_id="""
    media = _mine(call, call.query.get("media_id", ""))
    return Answer({"data": _told(media) | {"size": media.size} | _processing(call, media, asked=True)})


def describe(call: Call) -> Answer:
    """POST /2/media/metadata"""
    media = _mine(call, str(call.body.get("id", "")))
    text = (call.part("metadata", "alt_text") or {}).get("text")
    if not isinstance(text, str) or not 0 < len(text) <= _ALT:
        raise problems.invalid(f"$.metadata.alt_text.text: must be at most {_ALT} characters long")
    media.alt = text
    call.place.pay(call.place.ledger.charge("metadata", prices.METADATA, call.world.now()))
    return Answer({"data": {"id": media.id, "associated_metadata": {"alt_text": {"text": text}}}})


def _mine(call: Call, id: str) -> Media:
    media = call.world.media.get(id)
    if media is None or media.owner is not call.me:
        raise problems.invalid("The media id is not valid.", media_id=id)
    return media


def _told(media: Media) -> dict[str, Any]:
    return {"id": media.id, "media_key": media.key, "expires_after_secs": _EXPIRES}


def _processing(call: Call, media: Media, *, asked: bool = False) -> dict[str, Any]:
    """Pictures are ready at once; a film takes its time."""
    if media.kind == "photo":
        return {}
    left = media.ready_at - call.world.now()
    if not media.final or left > 0:
        state = "in_progress" if asked else "pending"
        return {"processing_info": {"state": state, "check_after_secs": 1, "progress_percent": 50 if asked else 0}}
    return {"processing_info": {"state": "succeeded", "progress_percent": 100}}
