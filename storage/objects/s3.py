"""Objects in a bucket of any S3 service (MinIO, Ceph and others), through the minio client."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from minio import Minio
from minio.commonconfig import ComposeSource
from minio.error import InvalidResponseError, MinioException, S3Error
from urllib3 import BaseHTTPResponse, PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError

from storage.objects.errors import ObjectMissing, StillStored, StoredBytesDiffer, StoreUnavailable
from storage.objects.store import (
    BLOCK_BYTES,
    Intake,
    Stored,
    StoredKey,
    checked,
    checked_derived,
    checked_prefix,
    digest_of,
    is_key,
    key_aside,
    new_key,
)

NOT_IMPLEMENTED = "NotImplemented"
PART_BYTES = 16 * BLOCK_BYTES  # times the 10,000 parts that S3 allows: objects up to 160 GB


class S3Store:
    """An ObjectStore in one bucket.

    Versioning and object lock are settings of the bucket. An upload that was killed leaves no object; its parts are
    the service's to clear (MinIO does so after a day, elsewhere by a lifecycle rule for incomplete uploads).
    """

    def __init__(
        self,
        endpoint: str,
        bucket: str,
        access_key: str,
        secret_key: str,
        *,
        secure: bool = True,
        region: str = "us-east-1",
    ) -> None:
        retries = Retry(total=3, backoff_factor=0.2, status_forcelist=(500, 502, 503, 504))
        http = PoolManager(maxsize=16, timeout=Timeout(connect=5, read=60), retries=retries)
        self.bucket = bucket
        self._client = Minio(
            endpoint, access_key=access_key, secret_key=secret_key, secure=secure, region=region, http_client=http
        )

    def make_bucket(self) -> None:
        """Make the bucket unless it is there; raises StoreUnavailable."""
        with _reached():
            if not self._client.bucket_exists(self.bucket):
                self._client.make_bucket(self.bucket)

    def put(
        self,
        stream: BinaryIO,
        *,
        prefix: str = "objects",
        limit_bytes: int | None = None,
        expected_bytes: int | None = None,
    ) -> Stored:
        """See ObjectStore. Small streams go up in one request, others in parts."""
        key = new_key(prefix)
        intake = Intake(stream, limit_bytes, expected_bytes)
        with _reached(key):
            self._client.put_object(
                self.bucket,
                key,
                intake,  # type: ignore[arg-type]  # the client asks only for read()
                length=-1,
                part_size=PART_BYTES,
                num_parallel_uploads=1,  # with more, a stream that fails leaves the client's threads waiting for ever
            )
        stored = intake.stored_as(key)
        if self.digest(key) != (stored.sha256, stored.size_bytes):
            self._remove(key)
            raise StoredBytesDiffer(key)
        return stored

    def open(self, key: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
        """See ObjectStore."""
        rest = self.size(key) - start
        if rest <= 0 or length == 0:  # S3 answers an empty range with an error
            return io.BytesIO()
        with _reached(key):
            response = self._client.get_object(self.bucket, key, offset=start, length=min(rest, length or rest))
        return io.BufferedReader(_Body(response), BLOCK_BYTES)

    def local_path(self, key: str) -> Path | None:
        """See ObjectStore."""
        checked(key)
        return None

    def size(self, key: str) -> int:
        """See ObjectStore."""
        with _reached(key):
            return self._client.stat_object(self.bucket, checked(key)).size or 0

    def exists(self, key: str) -> bool:
        """See ObjectStore."""
        try:
            self.size(key)
        except ObjectMissing:
            return False
        return True

    def digest(self, key: str) -> tuple[str, int]:
        """See ObjectStore."""
        with self.open(key) as stream:
            return digest_of(stream)

    def keys(self, prefix: str = "") -> Iterator[StoredKey]:
        """See ObjectStore."""
        below = f"{prefix}/" if checked_prefix(prefix) else ""
        with _reached():
            for found in self._client.list_objects(self.bucket, below, recursive=True):
                if found.object_name and found.last_modified and is_key(found.object_name):
                    yield StoredKey(found.object_name, found.size or 0, found.last_modified)

    def set_aside(self, key: str) -> str:
        """See ObjectStore. The copy is read back before the original key goes."""
        aside = key_aside(key)
        original = self.digest(key)
        with _reached(key):
            self._client.compose_object(self.bucket, aside, [ComposeSource(self.bucket, key)])
        if self.digest(aside) != original:
            raise StoredBytesDiffer(aside)
        self._remove(key)
        return aside

    def discard(self, key: str) -> None:
        """See ObjectStore."""
        self._remove(checked_derived(key))

    def destroy(self, key: str) -> None:
        """See ObjectStore. In a bucket with versioning every version and delete marker is named and removed."""
        for version in self._versions(checked(key)):
            with _reached():
                self._client.remove_object(self.bucket, key, version_id=version)
        if self._versions(key):
            raise StillStored(key)

    def _versions(self, key: str) -> list[str | None]:
        """Every version of an object that is stored; [None] for the only one where the service knows no versions."""
        with _reached():
            try:
                found = self._client.list_objects(self.bucket, key, recursive=True, include_version=True)
                return [each.version_id for each in found if each.object_name == key]
            except (S3Error, InvalidResponseError) as error:
                if NOT_IMPLEMENTED not in str(error):
                    raise
        return [None] if self.exists(key) else []

    def _remove(self, key: str) -> None:
        with _reached():
            self._client.remove_object(self.bucket, key)


class _Body(io.RawIOBase):
    """The body of an answer as a stream; closing it gives the connection back."""

    def __init__(self, response: BaseHTTPResponse) -> None:
        self._response = response

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        with _reached():
            return self._response.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._response.close()
            self._response.release_conn()
        super().close()


@contextmanager
def _reached(key: str = "") -> Iterator[None]:
    """Turn what the client raises into ObjectMissing for the key, or StoreUnavailable."""
    try:
        yield
    except S3Error as error:
        if error.code == "NoSuchKey" and key:
            raise ObjectMissing(key) from None
        raise StoreUnavailable(f"The object store refuses: {error.code}, {error.message}") from error
    except (MinioException, HTTPError) as error:
        raise StoreUnavailable(f"The object store does not answer: {error}") from error
