"""The process in which decoders meet hostile bytes; it answers the Workshop that started it, job by job."""

import logging
import os
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from storage.media import examination
from storage.media.identification import identify
from storage.media.messages import receive, send
from storage.media.results import Picture, Prepared

MOST_MEMORY_BYTES = 4 * 1024**3


JOBS: dict[str, Callable[..., Any]] = {
    "identify": identify,
    "examine": examination.examine,
    "text": examination.text,
    "picture": examination.picture,
    "page_image": examination.page_image,
    "display_image": examination.display_image,
    "waveform": examination.waveform,
    "prepare": examination.prepare,
}


def _head(result: object) -> tuple[object, list[bytes]]:
    """A result as JSON, pictures replaced by their sizes, and the bytes of the pictures in order."""
    if isinstance(result, Picture):
        return [len(result.content), result.media_type, result.width, result.height], [result.content]
    if isinstance(result, Prepared):
        fields = {name: getattr(result, name) for name in ("media_type", "facts", "text", "note")}
        pictures = {kind: _head(picture)[0] for kind, picture in result.pictures.items()}
        findings = [asdict(finding) for finding in result.findings]
        contents = [picture.content for picture in result.pictures.values()]
        return {**fields, "findings": findings, "pictures": pictures}, contents
    return asdict(result) if is_dataclass(result) and not isinstance(result, type) else result, []


def _limit_memory() -> None:
    with suppress(ImportError, ValueError, OSError):  # Windows has no such limits
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Serve until the Workshop closes its end."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints does not get among the answers
    warnings.simplefilter("ignore")
    logging.disable()
    _limit_memory()
    identify(b"")  # loads the table of libmagic
    with suppress(EOFError, BrokenPipeError, KeyboardInterrupt):
        send(answers, "ready")
        while True:
            job, path, arguments = receive(sys.stdin.buffer)
            send(answers, *_head(JOBS[job](Path(path), *arguments)))


if __name__ == "__main__":
    main()
