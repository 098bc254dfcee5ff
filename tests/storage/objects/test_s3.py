"""What the S3 store promises beyond the contract: a bad wire or a silent server is told apart from a missing object."""

import io
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from storage.objects.errors import ObjectMissing, StoredBytesDiffer, StoreUnavailable
from storage.objects.folder import FolderStore
from storage.objects.locator import open_store
from storage.objects.s3 import S3Store
from storage.objects.store import new_key
from tests.storage.objects.s3_server import S3Server


@contextmanager
def bad_wire(endpoint: str) -> Iterator[str]:
    """A relay to the endpoint that turns GOOD into BAD! in every answer."""
    host, _, port = endpoint.partition(":")

    def pump(source: socket.socket, target: socket.socket, *, spoil: bool) -> None:
        while block := source.recv(65_536):
            target.sendall(block.replace(b"GOOD", b"BAD!") if spoil else block)
        target.shutdown(socket.SHUT_WR)

    def relay() -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.create_connection((host, int(port)))
            threading.Thread(target=pump, args=(near, far), kwargs={"spoil": False}, daemon=True).start()
            threading.Thread(target=pump, args=(far, near), kwargs={"spoil": True}, daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=relay, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def test_bytes_that_come_back_different_are_not_acknowledged(s3_server: S3Server) -> None:
    with bad_wire(s3_server.endpoint) as endpoint:
        store = S3Store(endpoint, "wire", s3_server.access_key, s3_server.secret_key, secure=False)
        store.make_bucket()
        assert store.put(io.BytesIO(b"all is well")).size_bytes == 11
        with pytest.raises(StoredBytesDiffer):
            store.put(io.BytesIO(b"GOOD bytes"))
        assert [found.size_bytes for found in store.keys("objects")] == [11]


def test_a_byte_that_changes_later_changes_the_digest(s3_server: S3Server) -> None:
    store = open_store(s3_server.url("forged"))
    stored = store.put(io.BytesIO(b"as filed"))
    (s3_server.folder / "forged" / stored.key).write_bytes(b"as forge")
    assert store.digest(stored.key)[0] != stored.sha256


def test_a_server_that_does_not_answer_is_not_a_missing_object() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = f"127.0.0.1:{listener.getsockname()[1]}"
    store = S3Store(closed, "bucket", "archive-keeper", "anything", secure=False)
    with pytest.raises(StoreUnavailable):
        store.exists(new_key("objects"))
    with pytest.raises(StoreUnavailable):
        store.put(io.BytesIO(b"x"))


def test_a_refusal_of_the_server_is_told_in_its_words(s3_server: S3Server) -> None:
    stranger = S3Store(s3_server.endpoint, "bucket", s3_server.access_key, "not the secret", secure=False)
    with pytest.raises(StoreUnavailable, match="SignatureDoesNotMatch"):
        stranger.put(io.BytesIO(b"x"))
    lost = S3Store(s3_server.endpoint, "no-such-bucket", s3_server.access_key, s3_server.secret_key, secure=False)
    with pytest.raises(StoreUnavailable, match="NoSuchBucket"):
        lost.put(io.BytesIO(b"x"))


def test_one_setting_opens_either_store(s3_server: S3Server, tmp_path: Path) -> None:
    for url in (s3_server.url("by-setting"), (tmp_path / "对象 objects").as_uri()):
        store = open_store(url)
        key = store.put(io.BytesIO(b"kept")).key
        assert open_store(url).size(key) == 4
    assert isinstance(store, FolderStore)
    with pytest.raises(ObjectMissing):
        store.size(new_key("objects"))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/srv/objects",
        "file://elsewhere/objects",
        "s3://host/bucket",
        "s3://key:secret@host",
        "s3://key:secret@host/bucket?secure=maybe",
        "s3://key:secret@host/bucket?regoin=x",
        "ftp://key:secret@host/bucket",
    ],
)
def test_a_setting_of_another_form_is_refused_without_telling_the_secret(url: str) -> None:
    with pytest.raises(ValueError, match="Objects are kept at") as refusal:
        open_store(url)
    assert "key:secret" not in str(refusal.value)
