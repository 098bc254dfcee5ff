"""What the Workshop and its child say to each other.

A message is the length of its head (4 bytes, big-endian), the head in JSON, and the bytes of the pictures which the
head names. Nothing is unpickled, so a decoder that was taken over cannot run code in the server.
"""

import json
import struct
from typing import IO, Any


def send(stream: IO[bytes], head: object, pictures: list[bytes] | None = None) -> None:
    """Write one message."""
    encoded = json.dumps(head).encode()
    stream.write(struct.pack(">I", len(encoded)) + encoded + b"".join(pictures or []))
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """Read the head of one message; raises EOFError if the other side is gone, ValueError if it is no JSON."""
    return json.loads(receive_bytes(stream, *struct.unpack(">I", receive_bytes(stream, 4))))


def receive_bytes(stream: IO[bytes], count: int) -> bytes:
    """Read exactly `count` bytes; raises EOFError."""
    content = stream.read(count)
    if len(content) < count:
        raise EOFError
    return content
