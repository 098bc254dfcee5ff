"""Serving stored bytes: whole or one range of them (RFC 9110, section 14), as a stream, whatever the store."""

import re
from collections.abc import Iterator
from typing import BinaryIO
from unicodedata import normalize
from urllib.parse import quote

from flask import Response, request

from records.holdings.errors import StoreUnreadable
from storage.objects import ObjectMissing, ObjectStore
from web.security import CONTENT_POLICY

BLOCK_BYTES = 256 * 1024

_RANGE = re.compile(r"bytes\s*=\s*(\d{0,19})-(\d{0,19})", re.ASCII)


class Unsatisfiable(Exception):
    """The range lies beyond the end."""


def asked_range(header: str | None, size_bytes: int) -> tuple[int, int] | None:
    """First byte and length of the single range that a Range header asks for; None for the whole.

    Several ranges, other units and what cannot be read are ignored, as the standard allows. Raises Unsatisfiable.
    """
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        start, end = max(0, size_bytes - int(match[2])), size_bytes
    else:
        start, end = int(match[1]), min(size_bytes, int(match[2]) + 1 if match[2] else size_bytes)
        if match[2] and int(match[2]) < start:
            return None
    if start >= size_bytes:
        raise Unsatisfiable
    return start, end - start


def serve(
    store: ObjectStore, key: str, *, size_bytes: int, sha256: str, media_type: str, name: str, inline: bool
) -> Response:
    """Answer the request with stored bytes: 200, 206, 304 or 416; a HEAD request reads nothing.

    Raises StoreUnreadable.
    """
    response = Response(mimetype=media_type)
    response.set_etag(sha256)
    response.accept_ranges = "bytes"
    response.headers["Cache-Control"] = "private, no-cache"  # kept, and asked for again each time: rights may end
    response.headers["Content-Security-Policy"] = CONTENT_POLICY
    _disposition(response, "inline" if inline else "attachment", name)
    if request.if_none_match.contains(sha256):
        response.status_code = 304
        return response
    if_range = request.headers.get("If-Range")
    header = request.headers.get("Range") if if_range in {None, f'"{sha256}"'} else None
    try:
        part = asked_range(header, size_bytes)
    except Unsatisfiable:
        response.status_code = 416
        response.headers["Content-Range"] = f"bytes */{size_bytes}"
        return response
    start, length = part or (0, size_bytes)
    if part is not None:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{size_bytes}"
    if request.method != "HEAD":
        stream = opened(store, key, name, start=start, length=length)
        response.response = _blocks(stream)
        response.call_on_close(stream.close)
    response.content_length = length
    return response


def opened(store: ObjectStore, key: str, name: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
    """What is stored under a key, or a part of it, as a stream; raises StoreUnreadable."""
    try:
        return store.open(key, start=start, length=length)
    except (ObjectMissing, OSError) as error:
        raise StoreUnreadable(name=name) from error


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    while block := stream.read(BLOCK_BYTES):
        yield block


def _disposition(response: Response, kind: str, name: str) -> None:
    """The name in the form that carries every language, beside a plain one for old clients (RFC 6266, RFC 5987)."""
    plain = normalize("NFKD", name).encode("ascii", "ignore").decode()
    options = {"filename": plain}
    if plain != name:
        options["filename*"] = f"UTF-8''{quote(name, safe='!#$&+-.^_`|~')}"
    response.headers.set("Content-Disposition", kind, **options)
