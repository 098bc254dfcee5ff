"""The type comes from the content; the name can only be wrong."""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.media import kinds
from storage.media.identification import identify
from tests.storage.media import makers

MADE: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "p.jpg": ("image/jpeg", makers.jpeg),
    "p.pdf": ("application/pdf", makers.pdf),
    "p.wav": ("audio/wav", makers.wav),
    "p.mp4": ("video/mp4", makers.video),
    "p.mov": ("video/quicktime", makers.video),
    "p.mkv": ("video/x-matroska", makers.video),
    "p.avi": ("video/x-msvideo", makers.video),
    "p.docx": (kinds.DOCX, makers.docx),
    "p.xlsx": (kinds.XLSX, makers.xlsx),
    "p.pptx": (kinds.PPTX, makers.pptx),
    "p.odt": (kinds.ODT, makers.odf),
    "p.ofd": (kinds.OFD, makers.ofd),
    "p.doc": (kinds.WORD97, makers.word97),
    "p.zip": (kinds.ZIP, lambda path: makers.zipped(path, {"note.txt": "x"})),
}


@pytest.mark.parametrize("name", MADE)
def test_a_file_is_what_it_contains_under_any_name(tmp_path: Path, name: str) -> None:
    media_type, make = MADE[name]
    path = make(tmp_path / name)
    honest, liar = identify(path, name), identify(path, "notes.gif")
    assert (honest.media_type, honest.mislabelled) == (media_type, False)
    assert (liar.media_type, liar.mislabelled) == (media_type, True)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "GIF", "BMP", "WEBP", "JPEG2000"])
def test_every_kind_of_image_is_told_from_its_first_bytes(kind: str) -> None:
    head = makers.as_bytes(makers.photo(), kind)[:4096]
    assert identify(head).media_type == {"JPEG2000": "image/jp2"}.get(kind, f"image/{kind.lower()}")


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1"])
def test_a_photo_of_a_telephone_is_no_video(brand: bytes) -> None:
    head = b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1heic" + bytes(500)
    assert identify(head, "IMG_1.HEIC").media_type == "image/heic"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16", "utf-8-sig"])
@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.csv", "A.TXT", "noname"])
def test_chinese_text_is_text_in_every_usual_encoding(encoding: str, name: str) -> None:
    content = ("档案管理办法，" * 50 + "\n").encode(encoding)
    assert identify(content, name).media_type == "text/plain"
    assert not identify(content, name).mislabelled


def test_text_named_as_video_is_mislabelled() -> None:
    found = identify(b"abc", "meeting.mp4")
    assert (found.media_type, found.mislabelled) == ("text/plain", True)


def test_an_unknown_extension_promises_nothing() -> None:
    assert not identify(b"abc", "minutes.2016年").mislabelled


def test_nothing_is_not_mislabelled() -> None:
    found = identify(b"", "scan.jpg")
    assert (found.media_type, found.mislabelled) == (kinds.EMPTY, False)


@given(
    content=st.binary(max_size=2_000),
    start=st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\0\0\0\x18ftyp"]),
)
def test_any_bytes_have_a_type(content: bytes, start: bytes) -> None:
    assert "/" in identify(start + content, "x.bin").media_type


def test_many_threads_may_ask_at_once() -> None:
    head = makers.as_bytes(makers.photo(), "PNG")
    with ThreadPoolExecutor(8) as pool:
        types = list(pool.map(lambda _: identify(head).media_type, range(200)))
    assert set(types) == {"image/png"}


def test_a_zip_cut_short_is_still_told_from_its_head(tmp_path: Path) -> None:
    whole = makers.docx(tmp_path / "whole.docx").read_bytes()
    (tmp_path / "cut.docx").write_bytes(whole[: len(whole) // 2])
    assert identify(tmp_path / "cut.docx", "cut.docx").media_type in {kinds.DOCX, kinds.ZIP}
    assert identify(io.BytesIO(whole).getvalue()[:300]).media_type in {kinds.DOCX, kinds.ZIP}


@pytest.mark.parametrize("declared", ["text/\0plain", "text/html\r\nX: y", "words"])
def test_a_container_does_not_name_a_type_that_is_none(declared: str, tmp_path: Path) -> None:
    path = makers.zipped(tmp_path / "a.zip", {"mimetype": declared})
    assert identify(path).media_type == "application/zip"
