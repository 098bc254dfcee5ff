"""Both stores: a folder, and a real S3 server that runs for the session."""

from collections.abc import Iterator

import pytest

from storage.objects.folder import FolderStore
from storage.objects.s3 import S3Store
from storage.objects.store import ObjectStore
from tests.storage.objects.s3_server import S3Server, rclone_server


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """An S3 server with no bucket yet."""
    folder = tmp_path_factory.mktemp("s3") / "served"
    folder.mkdir()
    with rclone_server(folder) as server:
        yield server


@pytest.fixture(scope="module", params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ObjectStore:
    """An empty store of each kind, shared by the tests of a module."""
    if request.param == "folder":
        return FolderStore(tmp_path_factory.mktemp("objects"))
    server: S3Server = request.getfixturevalue("s3_server")
    s3 = S3Store(server.endpoint, "contract", server.access_key, server.secret_key, secure=False)
    s3.make_bucket()
    return s3
