"""Word 97 to 2003 (.doc, .wps): text through the piece table, laid out as in [MS-DOC] 2.4.1, 2.5, 2.8.35, 2.9.38."""

import re
import struct
from pathlib import Path

import olefile

from storage.media.results import Encrypted, Examination, ExtractedText, Finding, Unreadable

_ENCRYPTED, _TABLE_1, _COMPRESSED = 0x0100, 0x0200, 0x40000000
_FIELD_CODE = re.compile("\x13[^\x13\x14\x15]*(?:\x14|(?=\x15))")
_MARKS = str.maketrans({"\r": "\n", "\x07": "\t", "\x0b": "\n", "\x0c": "\f", "\x1e": "-", "\xa0": " "})
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f]")


def examine(path: Path) -> Examination:
    """Findings for any OLE file: encrypted, has-script, damaged if a stream cannot be read."""
    try:
        with olefile.OleFileIO(path) as ole:
            names = ["/".join(entry) for entry in ole.listdir()]
            for name in names:
                ole.openstream(name).read()
            closed = "EncryptedPackage" in names or ("WordDocument" in names and _flags(ole) & _ENCRYPTED)
    except Exception as error:  # hostile bytes
        return Examination({}, [Finding("damaged", f"{type(error).__name__}: {error}"[:200])])
    if closed:
        return Examination({"encrypted": True}, [Finding("encrypted", "The document is encrypted.")])
    if any("_VBA_PROJECT" in name for name in names):
        return Examination({}, [Finding("has-script", "The document contains macros.")])
    return Examination()


def text(path: Path, limit: int) -> ExtractedText:
    """Main text, then notes and headers, at most `limit` characters; raises Unreadable or Encrypted."""
    try:
        with olefile.OleFileIO(path) as ole:
            whole = _plain(_stored_text(ole, limit))
    except Unreadable:
        raise
    except Exception as error:  # hostile bytes
        raise Unreadable(f"{type(error).__name__}: {error}"[:200]) from error
    return ExtractedText(whole[:limit], "text-cut" if len(whole) > limit else "" if whole else "no-text")


def _flags(ole: olefile.OleFileIO) -> int:
    head = ole.openstream("WordDocument").read(12)
    return int(struct.unpack_from("<H", head, 10)[0])


def _stored_text(ole: olefile.OleFileIO, limit: int) -> str:
    """The characters of all pieces in order, with Word's own marks."""
    document = ole.openstream("WordDocument").read()
    flags = _flags(ole)
    if flags & _ENCRYPTED:
        raise Encrypted("The document is encrypted.")
    table = ole.openstream("1Table" if flags & _TABLE_1 else "0Table").read()
    start, length = struct.unpack_from("<II", document, 0x01A2)
    pieces = _piece_table(table[start : start + length])
    count = (len(pieces) - 4) // 12
    bounds = struct.unpack_from(f"<{count + 1}I", pieces)
    texts: list[str] = []
    for number in range(count):
        (place,) = struct.unpack_from("<I", pieces, 4 * (count + 1) + 8 * number + 2)
        letters = bounds[number + 1] - bounds[number]
        if place & _COMPRESSED:
            at = (place & ~_COMPRESSED) // 2
            texts.append(document[at : at + letters].decode("cp1252", "replace"))
        else:
            texts.append(document[place : place + 2 * letters].decode("utf-16-le", "replace"))
        if bounds[number + 1] > 2 * limit:
            break
    return "".join(texts)


def _piece_table(clx: bytes) -> bytes:
    """The PlcPcd within a Clx, after any number of property lists."""
    at = 0
    while clx[at] == 1:
        at += 3 + int(struct.unpack_from("<H", clx, at + 1)[0])
    if clx[at] != 2:
        raise Unreadable("The document has no piece table.")
    (length,) = struct.unpack_from("<I", clx, at + 1)
    return clx[at + 5 : at + 5 + length]


def _plain(stored: str) -> str:
    """Without the codes of fields, keeping what they show, and with plain signs for Word's marks."""
    while (shorter := _FIELD_CODE.sub("", stored)) != stored:
        stored = shorter
    return _NOT_TEXT.sub("", stored.translate(_MARKS)).strip()
