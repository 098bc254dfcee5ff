"""A real S3 server on the loopback: `rclone serve s3` over a folder."""

import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ACCESS_KEY = "archive-keeper"
SECRET_KEY = "not-a-secret-of-anyone"


@dataclass(frozen=True)
class S3Server:
    """Where the server listens, and the folder in which each sub-folder is a bucket."""

    endpoint: str
    folder: Path
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY

    def url(self, bucket: str) -> str:
        """The setting for open_store."""
        return f"s3://{self.access_key}:{self.secret_key}@{self.endpoint}/{bucket}?secure=no"


@contextmanager
def rclone_server(folder: Path) -> Iterator[S3Server]:
    """Serve `folder` until the block ends; raises TimeoutError if the server does not listen within 20 seconds."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command: list[str | Path] = [
        Path(sysconfig.get_path("scripts")) / "rclone",
        *("serve", "s3", folder, "--addr", f"127.0.0.1:{port}", "--auth-key", f"{ACCESS_KEY},{SECRET_KEY}"),
        *("--config", folder.parent / "no-rclone.conf"),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_until_listening(port)
            yield S3Server(f"127.0.0.1:{port}", folder)
        finally:
            server.terminate()


def _wait_until_listening(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise TimeoutError("The S3 server does not listen.") from None
            time.sleep(0.05)
        else:
            return
