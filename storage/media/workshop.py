"""The workshop: one child process in which files are looked at, so that no bad file takes the server down."""

import os
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self, cast

from storage.media import kinds
from storage.media.messages import receive, receive_bytes, send
from storage.media.results import Examination, ExtractedText, Finding, Identified, Picture, Prepared

TIMEOUT_SECONDS = 120.0
_ROOT = Path(__file__).parents[2]


class ChildDied(Exception):
    """The decoder crashed or took too long."""

    def __init__(self) -> None:
        super().__init__("The decoder crashed or took too long.")


@dataclass(frozen=True)
class _Child:
    """A running child and the pipes to and from it."""

    process: subprocess.Popen[bytes]
    questions: IO[bytes]
    answers: IO[bytes]


@dataclass
class _Bench:
    """What belongs to one process: its child, and whose turn it is."""

    process_id: int = field(default_factory=os.getpid)
    turn: threading.Lock = field(default_factory=threading.Lock)
    child: _Child | None = None


class Workshop:
    """Looks at files in a child process, one at a time, whichever thread asks; the next child starts when one dies.

    `timeout_seconds` bounds each job. A process that forks gets a child of its own. Close it, or use it in a `with`.
    """

    def __init__(self, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self.timeout_seconds = timeout_seconds
        self._bench = _Bench()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def prepare(self, path: Path, name: str) -> Prepared:
        """See examination.prepare; a child that dies gives the finding `damaged`."""
        try:
            head, pictures = self._ask("prepare", path, name)
        except ChildDied as error:
            identified = self.identify(path, name)
            return Prepared(identified.media_type, findings=[Finding("damaged", str(error))], note="damaged")
        made = {kind: _picture(facts, pictures) for kind, facts in head["pictures"].items()}
        return Prepared(**{**head, "findings": _findings(head), "pictures": made})

    def identify(self, path: Path, name: str = "") -> Identified:
        """See identification.identify."""
        try:
            return Identified(**self._ask("identify", path, name)[0])
        except ChildDied:
            return Identified(kinds.UNKNOWN)

    def examine(self, path: Path, media_type: str) -> Examination:
        """See examination.examine; a child that dies gives the finding `damaged`."""
        try:
            head, _ = self._ask("examine", path, media_type)
        except ChildDied as error:
            return Examination({}, [Finding("damaged", str(error))])
        return Examination(head["facts"], _findings(head))

    def text(self, path: Path, media_type: str) -> ExtractedText:
        """See examination.text."""
        try:
            return ExtractedText(**self._ask("text", path, media_type)[0])
        except ChildDied:
            return ExtractedText(note="damaged")

    def picture(self, path: Path, media_type: str, size: int) -> Picture | None:
        """See examination.picture."""
        return self._draw("picture", path, media_type, size)

    def page_image(self, path: Path, media_type: str, page_number: int, width: int) -> Picture | None:
        """See examination.page_image."""
        return self._draw("page_image", path, media_type, page_number, width)

    def display_image(self, path: Path, media_type: str, max_edge: int) -> Picture | None:
        """See examination.display_image."""
        return self._draw("display_image", path, media_type, max_edge)

    def waveform(self, path: Path, media_type: str) -> Picture | None:
        """See examination.waveform."""
        return self._draw("waveform", path, media_type)

    def close(self) -> None:
        """End the child; the next job would start another."""
        bench = self._own_bench()
        with bench.turn:
            _end(bench)

    def _draw(self, job: str, path: Path, *arguments: str | int) -> Picture | None:
        try:
            head, pictures = self._ask(job, path, *arguments)
        except ChildDied:
            return None
        return None if head is None else _picture(head, pictures)

    def _ask(self, job: str, path: Path, *arguments: str | int) -> tuple[Any, list[bytes]]:
        """The head of the answer and the pictures it names; raises ChildDied, RuntimeError if no child starts."""
        bench = self._own_bench()
        with bench.turn:
            child = bench.child = bench.child or _start()
            expired = threading.Event()

            def expire() -> None:
                expired.set()
                child.process.kill()

            limit = threading.Timer(self.timeout_seconds, expire)
            limit.start()
            try:
                send(child.questions, [job, str(path), arguments])
                head = receive(child.answers)
                return head, [receive_bytes(child.answers, size) for size in _picture_sizes(head)]
            except (EOFError, OSError, ValueError):
                _end(bench)
                raise ChildDied from None
            finally:
                limit.cancel()
                limit.join()
                if expired.is_set():  # perhaps just after the answer came: the next job needs a living child
                    _end(bench)

    def _own_bench(self) -> _Bench:
        if self._bench.process_id != os.getpid():
            self._bench = _Bench()
        return self._bench


def _start() -> _Child:
    """A child that is ready for its first job; raises RuntimeError if it does not come up."""
    shown = {name: value for name, value in os.environ.items() if not name.startswith("ANJUAN_")}  # no secrets
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "storage.media.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**shown, "PYTHONPATH": str(_ROOT)},
    )
    child = _Child(process, cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout))
    try:
        receive(child.answers)
    except EOFError:
        process.communicate()
        raise RuntimeError("The process that looks at files does not start.") from None
    return child


def _end(bench: _Bench) -> None:
    if bench.child is not None:
        bench.child.process.kill()
        bench.child.process.communicate()
        bench.child = None


def _findings(head: dict[str, Any]) -> list[Finding]:
    return [Finding(**finding) for finding in head["findings"]]


def _picture_sizes(head: Any) -> list[int]:
    if isinstance(head, list):
        return [head[0]]
    pictures = head.get("pictures", {}) if isinstance(head, dict) else {}
    return [facts[0] for facts in pictures.values()]


def _picture(facts: list[Any], contents: list[bytes]) -> Picture:
    """Contents come in the order in which the head names them."""
    return Picture(contents.pop(0), *facts[1:])
