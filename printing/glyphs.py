"""Text as our typefaces can show it: what they cannot is written out, never dropped."""

import struct
import unicodedata
from functools import cache
from pathlib import Path

from pylopdf_fonts_zh_cn import sans_path

INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}


def code_points(font: Path) -> frozenset[int]:
    """The code points that an OpenType font has signs for, read from its character map (OpenType: cmap, format 12)."""
    data = font.read_bytes()
    (tables,) = struct.unpack_from(">H", data, 4)
    entries = (struct.unpack_from(">4s4xII", data, 12 + 16 * number) for number in range(tables))
    start = next(offset for tag, offset, _length in entries if tag == b"cmap")
    (maps,) = struct.unpack_from(">H", data, start + 2)
    found: set[int] = set()
    for number in range(maps):
        (offset,) = struct.unpack_from(">I", data, start + 4 + 8 * number + 4)
        if struct.unpack_from(">H", data, start + offset) == (12,):
            (groups,) = struct.unpack_from(">I", data, start + offset + 12)
            for first, last, _glyph in struct.iter_unpack(">III", data[start + offset + 16 :][: 12 * groups]):
                found.update(range(first, last + 1))
    return frozenset(found)


@cache
def _shown() -> frozenset[int]:
    return code_points(sans_path())


def printable(text: str) -> str:
    """The text with every sign that would not be seen written as its number, as in 〔U+20BB7〕.

    A rare character of a name stays identifiable on paper, and signs that turn the direction of writing cannot make a
    line read otherwise than it is stored. Line ends stay, as LF; a tab becomes a blank.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(sign if _is_seen(sign) else f"〔U+{ord(sign):04X}〕" for sign in text)


def _is_seen(sign: str) -> bool:
    return sign == "\n" or (ord(sign) in _shown() and unicodedata.category(sign) not in INVISIBLE)
