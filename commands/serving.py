"""Serving pages, and the worker that prepares files and keeps the index level."""

import gc
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

import click

from app import create_app
from commands.office import Office, open_office, open_workshop
from commands.schema import upgrade
from config import Settings
from records.consultation.reading import remove_pictures
from records.consultation.sealed import remove_sealed
from records.disposal.destruction import destroy_some
from records.exchange.clearing import end_left, remove_sheets
from records.exchange.services import run_next
from records.holdings.removal import remove_ordered
from records.holdings.work import prepare_some
from records.lending.calling_back import remind_some
from records.lending.queue import settle_some
from records.notices.mailing import send_digests
from records.notices.services import read_on, settle_done, tell_of_day
from search import Index, IndexBusy
from search.services import catch_up
from storage.media import Workshop

log = logging.getLogger("anjuan")

OBJECTS_AT_ONCE = 24
LINES_AT_ONCE = 50
REST_SECONDS = 0.25
INDEX_SECONDS = 1.0  # changes wait at most so long for a commit of the index while more keep coming
RESTART_SECONDS = 2
LONGEST_REQUEST_SECONDS = 3600  # a large video on a slow line


@click.command()
@click.option("--host", help="Address to listen at; by default ANJUAN_HOST.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen at; by default ANJUAN_PORT.")
@click.option("--worker/--no-worker", "with_worker", default=True, help="Start the worker beside the server.")
def serve(host: str | None, port: int | None, with_worker: bool) -> None:
    """Serve the pages, with the worker beside it."""
    with open_office() as office:
        upgrade(office.database)
        settings = office.settings
    host, port = host or settings.host, port or settings.port
    with _worker_beside() if with_worker else nullcontext():
        click.echo(f"Anjuan 案卷: http://{host}:{port}")
        if sys.platform == "linux":
            _serve_streaming(settings, host, port)
        else:
            _serve_anywhere(settings, host, port)


@click.command()
@click.option("--once", is_flag=True, help="Do what there is to do, then end.")
def worker(once: bool) -> None:
    """Prepare stored files and keep the index level with the database.

    Any number of workers share the preparing; one at a time writes the index.
    """
    _work_on(once=once)


def _work_on(*, once: bool = False) -> None:
    parent = os.getppid()
    with open_office() as office, open_workshop() as workshop:
        upgrade(office.database)
        index = office.index()
        while os.getppid() == parent:  # a worker does not outlive the server that started it
            if work(office, workshop, index) or _tidied(index):
                continue
            if once:
                return
            time.sleep(REST_SECONDS)


def work(office: Office, workshop: Workshop, index: Index) -> bool:
    """One round: import a sheet, prepare files for up to a second, destroy, settle queues, remind, level the index.

    Whether there was anything to do.
    """
    settings = office.settings
    done = int(run_next(office.database, office.store, today=settings.today, now=settings.now))
    until = time.monotonic() + INDEX_SECONDS
    while some := prepare_some(office.database, office.store, workshop, limit=OBJECTS_AT_ONCE):
        done += some
        if time.monotonic() > until:
            break
    done += _dispose(office)
    done += settle_some(office.database, at=settings.now(), on=settings.today())
    done += remind_some(office.database, on=settings.today())
    done += _tell(office)
    with suppress(IndexBusy):
        done += catch_up(office.database, index)
    return done > 0


def _dispose(office: Office) -> int:
    """Carry on destructions that were begun, and remove what was destroyed and the sheets of imports that are over."""
    settings = office.settings
    done = destroy_some(office.database, limit=LINES_AT_ONCE, at=settings.now(), on=settings.today())
    done += end_left(office.database, at=settings.now())
    removing: tuple[Callable[[], int], ...] = (
        lambda: remove_ordered(office.database, office.store),
        lambda: remove_sealed(office.database, office.store, at=settings.now()),
        lambda: remove_pictures(office.database, office.store, at=settings.now()),
        lambda: remove_sheets(office.database, office.store, at=settings.now()),
    )
    for remove in removing:  # what one cannot delete does not keep the others waiting
        try:
            done += remove()
        except OSError as error:
            log.warning("Bytes that are to go cannot be removed yet: %s", error)
    return done


def _tell(office: Office) -> int:
    """Tell people what has happened and what the day brings, and send the digests that wait."""
    settings = office.settings
    done = read_on(office.database, at=settings.now())
    done += tell_of_day(office.database, on=settings.today(), at=settings.now())
    done += settle_done(office.database, at=settings.now())
    return done + send_digests(office.database, settings.mail, at=settings.now())


def _tidied(index: Index) -> bool:
    with suppress(IndexBusy):
        return index.tidy()
    return False


def _serve_streaming(settings: Settings, host: str, port: int) -> None:
    """By gunicorn, which hands a body on while it arrives: an upload is written to disk once."""
    from gunicorn.app.base import BaseApplication

    from commands.streaming import Threads

    class Server(BaseApplication):
        def load_config(self) -> None:
            for name, value in {
                "bind": f"{host}:{port}",
                "workers": 1,
                "worker_class": Threads,
                "limit_request_line": 8190,  # a search of 200 characters with all its filters
                "threads": settings.threads_count,
                "timeout": LONGEST_REQUEST_SECONDS,
                "keepalive": 15,
                "graceful_timeout": 10,
                "loglevel": "warning",
                "control_socket_disable": True,  # one machine may serve several installations
            }.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return create_app(settings)

    Server().run()


def _serve_anywhere(settings: Settings, host: str, port: int) -> None:
    """By waitress, which runs on every system but keeps a body in a passing file until it is complete."""
    from waitress import serve as serve_forever

    serve_forever(
        create_app(settings),
        host=host,
        port=port,
        threads=settings.threads_count,
        max_request_body_size=settings.upload_limit_bytes + 1024**2,
        channel_timeout=LONGEST_REQUEST_SECONDS,
        ident=None,
    )


class _Forked:
    """A worker that goes on from what this process has loaded: it is there at once, and shares that memory."""

    def __init__(self) -> None:
        gc.freeze()  # what is looked through is written to, and shared no more
        self._ended = False
        self._pid = os.fork()
        if self._pid == 0:
            status = 1
            try:
                _work_on()
                status = 0
            except KeyboardInterrupt:
                status = 0
            except Exception:
                log.exception("The worker cannot go on.")
            finally:
                os._exit(status)  # the rest of this program is the server's

    def wait(self) -> int | None:
        status = None
        with suppress(ChildProcessError):  # gunicorn buries whatever ends
            status = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        self._ended = True
        return status

    def terminate(self) -> None:
        if not self._ended:  # its number may be another process's by now
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGTERM)


def _started() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "commands", "worker"])


@contextmanager
def _worker_beside() -> Iterator[None]:
    """Keep one worker process as long as the block lasts; one that dies is started again after a moment.

    The first one is forked where that can be done, before there are threads.
    """
    owner = os.getpid()
    ending = threading.Event()
    running: list[subprocess.Popen[bytes] | _Forked] = [_Forked() if sys.platform == "linux" else _started()]

    def keep() -> None:
        while True:
            status = running[0].wait()
            if ending.wait(RESTART_SECONDS):
                return
            log.warning("The worker ended with status %s; it is started again.", status)
            running[:] = [_started()]

    threading.Thread(target=keep, daemon=True).start()
    try:
        yield
    finally:
        if os.getpid() == owner:  # gunicorn's children unwind this block too; the worker is not theirs to end
            ending.set()
            for process in running:
                process.terminate()
                process.wait()
