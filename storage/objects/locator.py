"""From the one setting that says where objects are kept to the store itself."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from urllib.request import url2pathname

from storage.objects.folder import FolderStore
from storage.objects.store import ObjectStore


def open_store(url: str) -> ObjectStore:
    """The store at `file:///folder` or `s3://ACCESS:SECRET@host:port/bucket?region=…&secure=no`, made where missing.

    The keys of an S3 service are percent-encoded where they hold `:`, `/` or `@`; it is spoken to over TLS unless
    `secure=no`. Raises ValueError for any other form, and OSError if the store cannot be reached.
    """
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query, strict_parsing=bool(parts.query)).items()}
    if parts.scheme == "file" and parts.netloc in {"", "localhost"} and not options:
        folder = FolderStore(Path(url2pathname(parts.path)))
        folder.forget_unfinished(before=datetime.now(UTC) - timedelta(days=1))
        return folder
    bucket = parts.path.strip("/")
    if (
        parts.scheme != "s3"
        or not (parts.hostname and parts.username and parts.password and bucket)
        or not options.keys() <= {"region", "secure"}
        or options.get("secure", "yes") not in {"yes", "no"}
    ):
        raise ValueError(
            "Objects are kept at file:///folder or s3://ACCESS:SECRET@host:port/bucket?region=…&secure=no."
        )
    from storage.objects.s3 import S3Store  # its client takes a tenth of what starting a process takes

    service = S3Store(
        parts.netloc.rpartition("@")[2],
        bucket,
        unquote(parts.username),
        unquote(parts.password),
        secure=options.get("secure", "yes") == "yes",
        region=options.get("region", "us-east-1"),
    )
    service.make_bucket()
    return service
