"""Plain text, tables of text and markup, in the encodings an office meets: UTF-8, GB 18030, UTF-16."""

import codecs
import re
from html.parser import HTMLParser
from pathlib import Path

from storage.media.kinds import MARKUP
from storage.media.results import Examination, ExtractedText, Finding

MOST_BYTES = 16 * 1024**2
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SCRIPT = re.compile(r"<script|\son\w+\s*=|javascript:", re.IGNORECASE)
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_BLOCKS = {"p", "br", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "table", "section", "article", "title"}


def examine(path: Path, media_type: str) -> Examination:
    """The encoding, and has-script for markup that could run one."""
    whole, encoding = _decoded(path)
    if whole is None:
        return Examination()
    findings = []
    if media_type in MARKUP and _SCRIPT.search(whole):
        findings.append(Finding("has-script", "The markup contains script."))
    return Examination({"encoding": encoding}, findings)


def text(path: Path, media_type: str, limit: int) -> ExtractedText:
    """The text without markup, at most `limit` characters."""
    whole, _ = _decoded(path)
    if whole is None:
        return ExtractedText(note="unknown-encoding")
    if media_type in MARKUP:
        reader = _Letters()
        reader.feed(whole)
        reader.close()
        whole = "".join(reader.pieces)
    whole = _NOT_TEXT.sub("", whole.replace("\r\n", "\n")).strip()
    cut = len(whole) > limit or path.stat().st_size > MOST_BYTES
    return ExtractedText(whole[:limit], "text-cut" if cut else "" if whole else "no-text")


def _decoded(path: Path) -> tuple[str | None, str]:
    """The text and its encoding; None where no encoding fits."""
    with path.open("rb") as file:
        content = file.read(MOST_BYTES)
    for encoding in _candidates(content):
        try:
            return codecs.getincrementaldecoder(encoding)().decode(content, final=False), encoding
        except UnicodeDecodeError:
            continue
    from charset_normalizer import from_bytes  # the last resort, rarely needed and slow to load

    best = from_bytes(content[: 256 * 1024]).best()
    return (None, "") if best is None else (content.decode(best.encoding, "replace"), best.encoding)


def _candidates(content: bytes) -> list[str]:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return [encoding]
    if b"\0" in content[:4096]:  # half of Latin text in UTF-16 are zeros, on the even places if it is big-endian
        return ["utf-16-be" if content[:4096:2].count(0) > content[1:4096:2].count(0) else "utf-16-le"]
    return ["utf-8", "gb18030"]


class _Letters(HTMLParser):
    """Collects what a reader of the page would see."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in {"script", "style"}
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in {"script", "style"}))
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(data)
