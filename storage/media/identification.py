"""The media type of bytes by what they are: libmagic first, then a look into the containers it does not open."""

import io
import re
import threading
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import olefile
import pylibmagic  # noqa: F401 - brings libmagic, which _detector then finds

from storage.media import kinds
from storage.media.results import Identified

HEAD_BYTES = 64 * 1024
_MEDIA_TYPE = re.compile(r"[a-z]+/[A-Za-z0-9.+-]+")
_SAME = {
    "application/vnd.ms-asf": "video/x-ms-asf",
    "application/x-ole-storage": kinds.OLE,
    "application/xml": "text/xml",
    "audio/x-aac": "audio/aac",
    "audio/x-flac": "audio/flac",
    "audio/x-hx-aac-adts": "audio/aac",
    "audio/x-m4a": "audio/mp4",
    "audio/x-wav": "audio/wav",
    "image/x-ms-bmp": "image/bmp",
    "inode/x-empty": kinds.EMPTY,
    "video/x-m4v": "video/mp4",
}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"}
_OLE_STREAMS = {
    "WordDocument": kinds.WORD97,
    "Workbook": "application/vnd.ms-excel",
    "Book": "application/vnd.ms-excel",
    "PowerPoint Document": "application/vnd.ms-powerpoint",
}
_OFFICE_FOLDERS = {"word/": kinds.DOCX, "xl/": kinds.XLSX, "ppt/": kinds.PPTX}
_loading = threading.Lock()


def identify(source: Path | bytes, name: str = "") -> Identified:
    """The type of a file, or of the first bytes of one; the name only tells whether it is mislabelled.

    Never raises for bad content; safe to call from several threads.
    """
    if isinstance(source, Path):
        with source.open("rb") as file:
            head = file.read(HEAD_BYTES)
    else:
        head = source[:HEAD_BYTES]
    media_type = _media_type(head, source)
    fitting = kinds.TYPES_BY_EXTENSION.get(Path(name).suffix.lower().lstrip("."), {media_type})
    return Identified(media_type, mislabelled=media_type not in fitting and media_type != kinds.EMPTY)


def _media_type(head: bytes, source: Path | bytes) -> str:
    said = _ask_libmagic(head)
    said = _SAME.get(said, said)
    if head.startswith(b"PK\x03\x04"):
        return _zipped(source, said)
    if head.startswith(olefile.MAGIC):
        return _ole(source, said)
    if head[4:8] == b"ftyp":
        return _iso_media(head)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    if said == "application/ogg":
        return "video/ogg" if b"theora" in head[:512] else "audio/ogg"
    if said.startswith("text/") and said not in {*kinds.TEXTS, kinds.RTF}:
        return "text/plain"  # libmagic takes prose for the source code of many languages
    if said == kinds.UNKNOWN and _is_text(head):
        return "text/plain"
    return said


def _ask_libmagic(head: bytes) -> str:
    with _loading:
        detector = _detector()
    try:
        return detector(head)
    except Exception:  # libmagic itself gave up
        return kinds.UNKNOWN


@cache
def _detector() -> Callable[[bytes], str]:
    import magic  # only now, when pylibmagic has told where libmagic is

    return magic.Magic(mime=True).from_buffer


def _zipped(source: Path | bytes, said: str) -> str:
    try:
        with zipfile.ZipFile(source if isinstance(source, Path) else io.BytesIO(source)) as archive:
            names = set(archive.namelist())
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                declared = archive.read("mimetype").decode("ascii").strip()
                if _MEDIA_TYPE.fullmatch(declared):
                    return declared
    except Exception:  # a damaged archive fails in many ways; what libmagic saw in the head still stands
        return said
    if "OFD.xml" in names:
        return kinds.OFD
    if "[Content_Types].xml" in names:
        for folder, media_type in _OFFICE_FOLDERS.items():
            if any(name.startswith(folder) for name in names):
                return media_type
    return kinds.ZIP


def _ole(source: Path | bytes, said: str) -> str:
    try:
        with olefile.OleFileIO(source if isinstance(source, Path) else io.BytesIO(source)) as ole:
            for stream, media_type in _OLE_STREAMS.items():
                if ole.exists(stream):
                    return media_type
            return kinds.OLE
    except Exception:  # as above
        return said


def _iso_media(head: bytes) -> str:
    length = int.from_bytes(head[:4], "big")
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, min(length, 256), 4))}
    if brands & _HEIC_BRANDS and head[8:12] not in {b"isom", b"mp41", b"mp42"}:
        return "image/heic"
    if b"avif" in brands:
        return "image/avif"
    if head[8:12] in {b"mif1", b"msf1"}:
        return "image/heif"
    if head[8:12] == b"qt  ":
        return "video/quicktime"
    if head[8:11] == b"M4A":
        return "audio/mp4"
    return "video/3gpp" if head[8:11] == b"3gp" else "video/mp4"


def _is_text(head: bytes) -> bool:
    """Whether the bytes are text in UTF-16 with a mark, UTF-8 or GB 18030, the last character perhaps cut."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    if any(sign < 9 or 13 < sign < 27 or 27 < sign < 32 for sign in head):
        return False
    for encoding in ("utf-8", "gb18030"):
        for cut in range(4):
            try:
                head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            return True
    return False
