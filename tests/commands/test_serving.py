"""The server and the worker beside it, as processes of their own."""

import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from bench.parts.office import Running
from commands.office import open_office
from commands.schema import upgrade
from config import default_settings


def until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.05)


def works(process: psutil.Process) -> bool:
    """Whether it is a worker by now: what was forked bears its parent's command line until it runs its own."""
    with suppress(psutil.NoSuchProcess):
        return "worker" in process.cmdline()
    return False


def test_whatever_dies_is_started_again_and_nothing_outlives_the_server(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with open_office(default_settings(folder)) as office:
        upgrade(office.database)
    running = Running(folder)
    running.start()
    server, *_ = running.processes()
    before = server.children()
    for process in before:
        process.send_signal(signal.SIGKILL)
    until(lambda: server.is_running() and len(set(server.children()) - set(before)) == len(before))
    until(lambda: any(works(process) for process in server.children()))
    every = running.processes()
    server.terminate()
    gone, alive = psutil.wait_procs(every, timeout=60)
    assert (len(gone), alive) == (len(every), [])
