"""The object store: bytes under keys that are never overwritten, in a folder or in an S3 service."""

from storage.objects.errors import (
    BadKey,
    ObjectMissing,
    StillStored,
    StoredBytesDiffer,
    StoreUnavailable,
    TooLarge,
    Truncated,
)
from storage.objects.folder import FolderStore
from storage.objects.locator import open_store
from storage.objects.store import ObjectStore, Stored, StoredKey

__all__ = [
    "BadKey",
    "FolderStore",
    "ObjectMissing",
    "ObjectStore",
    "StillStored",
    "StoreUnavailable",
    "Stored",
    "StoredBytesDiffer",
    "StoredKey",
    "TooLarge",
    "Truncated",
    "open_store",
]
