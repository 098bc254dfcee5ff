"""Office documents that are zip archives of XML: docx, xlsx, pptx, odt, ods, odp, ofd.

The XML is read as a stream, never as a tree. A document type declaration is refused, hence entity bombs; what
unpacks to more than MOST_BYTES is refused, hence zip bombs.
"""

import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from xml.parsers import expat

from storage.media import kinds
from storage.media.results import (
    CutShort,
    Encrypted,
    Examination,
    ExtractedText,
    Finding,
    TooLargeToDecode,
    Unreadable,
)

MOST_BYTES = 400 * 1024**2
_BLOCK = 256 * 1024
_PARTS = {
    kinds.DOCX: r"word/(document|footnotes|endnotes|comments|header\d*|footer\d*)\.xml",
    kinds.PPTX: r"ppt/(slides/slide|notesSlides/notesSlide)\d+\.xml",
    kinds.ODT: r"content\.xml",
    kinds.ODS: r"content\.xml",
    kinds.ODP: r"content\.xml",
    kinds.OFD: r"Doc_\d+/(Pages|Tpls)/.*\.xml",
}
_BREAKS = {"p": "\n", "h": "\n", "br": "\n", "line-break": "\n", "tab": "\t", "s": " ", "tc": "\t", "TextCode": "\n"}
_LETTERS = {
    kinds.DOCX: {"t"},
    kinds.PPTX: {"t"},
    kinds.ODT: {"p", "h"},
    kinds.ODS: {"p", "h"},
    kinds.ODP: {"p", "h"},
    kinds.OFD: {"TextCode"},
}
_SKIPPED = {"Fallback", "tracked-changes", "rPh"}


class _Enough(Exception):
    """The text has reached its limit."""


def examine(path: Path) -> Examination:
    """Findings: encrypted, truncated, damaged if a member does not unpack to its checksum, too-large, has-script."""
    try:
        with _opened(path) as archive:
            names = archive.namelist()
            _unpack(archive)
    except Encrypted as error:
        return Examination({"encrypted": True}, [Finding("encrypted", str(error))])
    except TooLargeToDecode as error:
        return Examination({}, [Finding("too-large", str(error))])
    except CutShort as error:
        return Examination({}, [Finding("truncated", str(error))])
    except Unreadable as error:
        return Examination({}, [Finding("damaged", str(error))])
    if any(name.endswith("vbaProject.bin") or name.startswith(("Basic/", "Scripts/")) for name in names):
        return Examination({}, [Finding("has-script", "The document contains macros.")])
    return Examination()


def text(path: Path, media_type: str, limit: int) -> ExtractedText:
    """The text in reading order, at most `limit` characters; raises Unreadable or Encrypted."""
    if media_type == kinds.ZIP:
        return ExtractedText(note="unsupported")
    pieces: list[str] = []
    length = 0

    def take(piece: str) -> None:
        nonlocal length
        pieces.append(piece)
        length += len(piece)
        if length > limit:
            raise _Enough

    try:
        with _opened(path) as archive:
            if media_type == kinds.XLSX:
                _read_sheets(archive, limit, take)
            else:
                for name in _members(archive, _PARTS[media_type]):
                    with archive.open(name) as member:
                        _read_letters(member, _LETTERS[media_type], take)
                    take("\n")
    except (_Enough, TooLargeToDecode):
        return ExtractedText("".join(pieces)[:limit], "text-cut")
    joined = "".join(pieces).strip()
    return ExtractedText(joined, "" if joined else "no-text")


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive; raises Unreadable, CutShort or Encrypted, also for whatever fails in the block."""
    try:
        with zipfile.ZipFile(path) as archive:
            _refuse_encrypted(archive)
            yield archive
    except (Unreadable, _Enough):
        raise
    except zipfile.BadZipFile as error:
        kind = CutShort if "not a zip file" in str(error) else Unreadable  # the directory at its end is missing
        raise kind(str(error)) from error
    except Exception as error:  # hostile bytes
        raise Unreadable(f"{type(error).__name__}: {error}"[:200]) from error


def _unpack(archive: zipfile.ZipFile) -> None:
    """Unpack everything, which compares the checksums; raises TooLargeToDecode, Encrypted for encrypted ODF."""
    _bound(sum(info.file_size for info in archive.infolist()))
    for info in archive.infolist():
        with archive.open(info) as member:
            while block := member.read(_BLOCK):
                if info.filename == "META-INF/manifest.xml" and b"encryption-data" in block:
                    raise Encrypted("The parts of the document are encrypted.")


def _bound(unpacked_bytes: int) -> None:
    """Raise TooLargeToDecode for more than is worth unpacking; a member never gives more bytes than it announces."""
    if unpacked_bytes > MOST_BYTES:
        raise TooLargeToDecode(f"It unpacks to {unpacked_bytes} bytes.")


def _refuse_encrypted(archive: zipfile.ZipFile) -> None:
    if any(info.flag_bits & 1 for info in archive.infolist()):
        raise Encrypted("The archive is encrypted.")


def _members(archive: zipfile.ZipFile, pattern: str) -> list[str]:
    """Names of members that match, document first, then in the order of their numbers; raises TooLargeToDecode."""
    found = [name for name in archive.namelist() if re.fullmatch(pattern, name)]
    _bound(sum(archive.getinfo(name).file_size for name in found))
    return sorted(
        found, key=lambda name: ("document" not in name, [int(number) for number in re.findall(r"\d+", name)], name)
    )


def _parse(
    member: IO[bytes],
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    letters: Callable[[str], None],
) -> None:
    """Feed XML to the handlers, elements by their local names."""

    def refuse(*_: object) -> None:
        raise Unreadable("The XML has a document type declaration, which is refused.")

    def local(name: str) -> str:
        return name.rpartition(" ")[2]

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, attributes: start(local(name), attributes)
    parser.EndElementHandler = lambda name: end(local(name))
    parser.CharacterDataHandler = letters
    while block := member.read(_BLOCK):
        parser.Parse(block, False)
    parser.Parse(b"", True)


def _read_letters(member: IO[bytes], holders: set[str], take: Callable[[str], None]) -> None:
    """Take what stands within the elements that hold letters, and the breaks between them."""
    within = skipped = 0

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal within, skipped
        within += name in holders
        skipped += name in _SKIPPED

    def end(name: str) -> None:
        nonlocal within, skipped
        within -= name in holders
        skipped -= name in _SKIPPED
        if name in _BREAKS and not skipped:
            take(_BREAKS[name])

    def letters(data: str) -> None:
        if within and not skipped:
            take(data)

    _parse(member, start, end, letters)


def _read_sheets(archive: zipfile.ZipFile, limit: int, take: Callable[[str], None]) -> None:
    """Take the cells of all sheets, rows as lines; numbers as they are stored, dates as the numbers they are."""
    shared: list[str] = []
    for name in _members(archive, r"xl/sharedStrings\.xml"):
        with archive.open(name) as member:
            shared = _shared_strings(member, limit)
    for name in _members(archive, r"xl/worksheets/sheet\d+\.xml"):
        with archive.open(name) as member:
            _read_sheet(member, shared, take)


def _shared_strings(member: IO[bytes], limit: int) -> list[str]:
    strings: list[str] = []
    pieces: list[str] = []
    length = within = skipped = 0

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal within, skipped
        within += name == "t"
        skipped += name in _SKIPPED

    def end(name: str) -> None:
        nonlocal within, skipped
        within -= name == "t"
        skipped -= name in _SKIPPED
        if name == "si":
            strings.append("".join(pieces))
            pieces.clear()

    def letters(data: str) -> None:
        nonlocal length
        if within and not skipped:
            pieces.append(data)
            length += len(data)
            if length > 4 * limit:  # a table may name one string many times, but none that is longer than this
                raise TooLargeToDecode("The strings of the workbook are too long.")

    _parse(member, start, end, letters)
    return strings


def _read_sheet(member: IO[bytes], shared: list[str], take: Callable[[str], None]) -> None:
    pieces: list[str] = []
    kind = ""
    within = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal kind, within
        if name == "c":
            kind = attributes.get("t", "n")
            pieces.clear()
        within += name in {"v", "t"}

    def end(name: str) -> None:
        nonlocal within
        within -= name in {"v", "t"}
        if name == "c" and pieces:
            value = "".join(pieces)
            take((shared[int(value)] if kind == "s" else value) + "\t")
        elif name == "row":
            take("\n")

    def letters(data: str) -> None:
        if within:
            pieces.append(data)

    _parse(member, start, end, letters)
