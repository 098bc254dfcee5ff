"""What every object store promises, held against a folder and against a real S3 server."""

import hashlib
import io
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.objects.errors import BadKey, ObjectMissing, TooLarge, Truncated
from storage.objects.store import ObjectStore, new_key

MANY_PARTS = random.Random(1).randbytes(37 * 1024**2 + 13)  # noqa: S311

with_a_shared_store = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Dribble:
    """A stream that gives odd amounts, as a network does; `fail_after_bytes` breaks it there."""

    def __init__(self, content: bytes, steps: list[int], fail_after_bytes: int | None = None) -> None:
        self._content, self._steps, self._fail_after_bytes = content, steps, fail_after_bytes
        self._given = self._turn = 0

    def read(self, count: int) -> bytes:
        if self._fail_after_bytes is not None and self._given >= self._fail_after_bytes:
            raise ConnectionResetError("The sender went away.")
        step = min(count, self._steps[self._turn % len(self._steps)])
        block = self._content[self._given : self._given + step]
        self._turn += 1
        self._given += len(block)
        return block


def stream(content: bytes, steps: list[int] | None = None, fail_after_bytes: int | None = None) -> BinaryIO:
    return cast(BinaryIO, Dribble(content, steps or [65_521], fail_after_bytes))


def keys_in(store: ObjectStore) -> set[str]:
    return {found.key for found in store.keys("objects")}


@with_a_shared_store
@given(content=st.binary(max_size=20_000), steps=st.lists(st.integers(1, 5_000), min_size=1, max_size=5))
def test_what_is_stored_is_what_came(store: ObjectStore, content: bytes, steps: list[int]) -> None:
    stored = store.put(stream(content, steps))
    assert (stored.sha256, stored.size_bytes) == (hashlib.sha256(content).hexdigest(), len(content))
    with store.open(stored.key) as opened:
        assert opened.read() == content
    assert store.size(stored.key) == len(content)
    assert store.digest(stored.key) == (stored.sha256, len(content))


@with_a_shared_store
@given(
    content=st.binary(max_size=300),
    start=st.integers(0, 400),
    length=st.none() | st.integers(0, 400),
    step=st.integers(1, 90),
)
def test_any_range_is_the_slice_of_the_content(
    store: ObjectStore, content: bytes, start: int, length: int | None, step: int
) -> None:
    key = store.put(io.BytesIO(content)).key
    with store.open(key, start=start, length=length) as opened:
        read = b"".join(iter(lambda: opened.read(step), b""))
    assert read == content[start : None if length is None else start + length]


def test_a_stream_of_many_parts_is_stored_whole(store: ObjectStore) -> None:
    stored = store.put(stream(MANY_PARTS), expected_bytes=len(MANY_PARTS))
    assert stored.sha256 == hashlib.sha256(MANY_PARTS).hexdigest()
    with store.open(stored.key, start=33 * 1024**2 + 5, length=1_000) as opened:
        assert opened.read() == MANY_PARTS[33 * 1024**2 + 5 :][:1_000]


def test_the_same_bytes_twice_are_two_objects(store: ObjectStore) -> None:
    first, second = store.put(io.BytesIO(b"twice")), store.put(io.BytesIO(b"twice"))
    assert first.sha256 == second.sha256
    assert first.key != second.key


@pytest.mark.parametrize("content", [b"a little too long", MANY_PARTS], ids=["small", "large"])
def test_a_stream_past_the_limit_leaves_nothing(store: ObjectStore, content: bytes) -> None:
    before = keys_in(store)
    with pytest.raises(TooLarge):
        store.put(stream(content), limit_bytes=len(content) - 1)
    assert keys_in(store) == before


def test_a_stream_announced_past_the_limit_is_not_read(store: ObjectStore) -> None:
    announced = io.BytesIO(b"long")
    with pytest.raises(TooLarge):
        store.put(announced, limit_bytes=3, expected_bytes=4)
    assert announced.tell() == 0


@pytest.mark.parametrize("content", [b"cut sho", MANY_PARTS], ids=["small", "large"])
def test_a_stream_shorter_than_announced_leaves_nothing(store: ObjectStore, content: bytes) -> None:
    before = keys_in(store)
    with pytest.raises(Truncated) as refusal:
        store.put(stream(content), expected_bytes=len(content) + 1)
    assert refusal.value.received_bytes == len(content)
    assert keys_in(store) == before


def test_a_stream_longer_than_announced_leaves_nothing(store: ObjectStore) -> None:
    before = keys_in(store)
    with pytest.raises(TooLarge):
        store.put(io.BytesIO(b"more than announced"), expected_bytes=4)
    assert keys_in(store) == before


@pytest.mark.parametrize("after", [0, 5_000_000, 34 * 1024**2])
def test_a_sender_who_goes_away_leaves_nothing(store: ObjectStore, after: int) -> None:
    before, threads = keys_in(store), threading.active_count()
    with pytest.raises(ConnectionResetError):
        store.put(stream(MANY_PARTS, fail_after_bytes=after))
    assert keys_in(store) == before
    assert threading.active_count() == threads


def test_a_key_without_object_is_said_to_be_missing(store: ObjectStore) -> None:
    key = new_key("objects")
    assert not store.exists(key)
    for ask in (store.open, store.size, store.digest, store.set_aside):
        with pytest.raises(ObjectMissing) as refusal:
            ask(key)
        assert refusal.value.key == key


@pytest.mark.parametrize(
    "key",
    [
        "",
        "objects",
        "../objects/ab/" + "0" * 32,
        "objects/../../etc/passwd",
        "/objects/ab/" + "0" * 32,
        "objects/ab/" + "0" * 32 + "\n",
        "objects/ab/" + "0" * 31 + "/",
        "objects\\ab\\" + "0" * 32,
        ".incoming/ab/" + "0" * 32,
    ],
)
def test_a_text_that_is_no_key_is_refused(store: ObjectStore, key: str) -> None:
    for ask in (store.open, store.size, store.digest, store.exists, store.set_aside, store.discard):
        with pytest.raises(BadKey):
            ask(key)


@pytest.mark.parametrize("prefix", ["", "..", "objects/", "/objects", ".incoming", "Objects", "objects/../x"])
def test_a_text_that_is_no_prefix_is_refused(store: ObjectStore, prefix: str) -> None:
    with pytest.raises(BadKey):
        store.put(io.BytesIO(b"x"), prefix=prefix)


def test_listing_tells_every_object_below_the_prefix(store: ObjectStore) -> None:
    long_ago = datetime.now(UTC) - timedelta(minutes=1)
    one = store.put(io.BytesIO(b"one"), prefix="listed/here")
    other = store.put(io.BytesIO(b"other"), prefix="listed/there")
    assert {(found.key, found.size_bytes) for found in store.keys("listed")} == {(one.key, 3), (other.key, 5)}
    [found] = store.keys("listed/here")
    assert found.key == one.key
    assert long_ago < found.modified_at < datetime.now(UTC) + timedelta(minutes=1)
    assert not list(store.keys("list"))


@pytest.mark.parametrize("content", [b"", b"whose is this?", MANY_PARTS], ids=["empty", "small", "large"])
def test_bytes_set_aside_are_kept_whole_under_another_key(store: ObjectStore, content: bytes) -> None:
    key = store.put(io.BytesIO(content)).key
    aside = store.set_aside(key)
    assert aside == f"aside/{key}"
    assert not store.exists(key)
    assert store.digest(aside) == (hashlib.sha256(content).hexdigest(), len(content))
    with pytest.raises(BadKey):
        store.set_aside(aside)


def test_only_derived_objects_are_deleted(store: ObjectStore) -> None:
    original, thumbnail = store.put(io.BytesIO(b"scan")), store.put(io.BytesIO(b"small"), prefix="derived")
    store.discard(thumbnail.key)
    assert not store.exists(thumbnail.key)
    for key in (original.key, store.set_aside(store.put(io.BytesIO(b"stray")).key)):
        with pytest.raises(BadKey):
            store.discard(key)
        assert store.exists(key)


def test_what_is_destroyed_is_gone_and_stays_gone(store: ObjectStore) -> None:
    kept, destroyed = (store.put(stream(content)).key for content in (b"kept", b"to be destroyed"))
    store.destroy(destroyed)
    store.destroy(destroyed)  # as one does who was interrupted
    assert store.exists(kept)
    assert not store.exists(destroyed)
    assert destroyed not in keys_in(store)
    with pytest.raises(ObjectMissing):
        store.open(destroyed)
    with pytest.raises(BadKey):
        store.destroy("../elsewhere")


def test_many_threads_store_at_once(store: ObjectStore) -> None:
    contents = [f"file {number}".encode() * 1_000 for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(lambda content: store.put(io.BytesIO(content)), contents))
    assert [store.digest(one.key)[0] for one in stored] == [hashlib.sha256(content).hexdigest() for content in contents]
