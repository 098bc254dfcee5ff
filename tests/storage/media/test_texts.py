"""Text of documents in every usual format, and a reason wherever there is none."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.media import FINDING_TEXTS, finding_label, kinds
from storage.media.examination import examine, text
from tests.storage.media import makers

OFFICE: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "docx": (kinds.DOCX, makers.docx),
    "xlsx": (kinds.XLSX, makers.xlsx),
    "odt": (kinds.ODT, makers.odf),
    "ofd": (kinds.OFD, makers.ofd),
    "doc": (kinds.WORD97, makers.word97),
    "xls": (kinds.EXCEL97, makers.excel97),
    "rtf": (kinds.RTF, makers.rich_text),
}
ALL_TYPES = [
    *kinds.PILLOW_FORMATS,
    *kinds.ZIPPED,
    *kinds.OLE_FILES,
    *kinds.TEXTS,
    kinds.PDF,
    kinds.RTF,
    "audio/mpeg",
    "video/mp4",
]


def codes(path: Path, media_type: str) -> list[str]:
    return [finding.code for finding in examine(path, media_type).findings]


@pytest.mark.parametrize("extension", OFFICE)
def test_the_text_of_an_office_document_is_found(tmp_path: Path, extension: str) -> None:
    media_type, make = OFFICE[extension]
    path = make(tmp_path / f"d.{extension}")
    found = text(path, media_type)
    assert makers.SENTENCE in found.text
    assert found.note == ""
    assert codes(path, media_type) == []


def test_words_of_one_paragraph_stay_together_however_they_are_set(tmp_path: Path) -> None:
    body = "<w:p><w:r><w:t>困难</w:t></w:r><w:r><w:t>职工</w:t></w:r></w:p><w:p><w:r><w:t>档案</w:t></w:r></w:p>"
    assert text(makers.docx(tmp_path / "d.docx", body), kinds.DOCX).text == "困难职工\n档案"


def test_cells_are_parted_and_readings_left_out(tmp_path: Path) -> None:
    assert text(makers.xlsx(tmp_path / "d.xlsx"), kinds.XLSX).text == f"{makers.SENTENCE}\t慰问金\t1500"


def test_slides_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    assert text(makers.pptx(tmp_path / "d.pptx"), kinds.PPTX).text.split() == [f"第{n}页" for n in range(1, 12)]


def test_what_was_deleted_under_tracking_is_not_text(tmp_path: Path) -> None:
    assert text(makers.odf(tmp_path / "d.odt"), kinds.ODT).text == f"{makers.SENTENCE}\t附件"


def test_an_old_workbook_gives_its_rows_as_lines(tmp_path: Path) -> None:
    found = text(makers.excel97(tmp_path / "d.xls"), kinds.EXCEL97)
    assert found.text == f"{makers.SENTENCE}\n周大河\t1500\t2016-12-26"


def test_a_rich_text_cut_short_is_found_out(tmp_path: Path) -> None:
    path = makers.rich_text(tmp_path / "d.rtf")
    path.write_bytes(path.read_bytes()[:-20])
    assert codes(path, kinds.RTF) == ["truncated"]


def test_fields_of_word_show_their_result(tmp_path: Path) -> None:
    assert text(makers.word97(tmp_path / "d.doc"), kinds.WORD97).text == f"{makers.SENTENCE}\nPage 7"


def test_an_encrypted_word_document_says_so(tmp_path: Path) -> None:
    path = makers.word97(tmp_path / "d.doc", encrypted=True)
    assert codes(path, kinds.WORD97) == ["encrypted"]
    assert text(path, kinds.WORD97).note == "encrypted"


def test_an_encrypted_office_package_says_so(tmp_path: Path) -> None:
    (tmp_path / "d.docx").write_bytes(makers.compound_file({"EncryptedPackage": bytes(4096)}))
    assert codes(tmp_path / "d.docx", kinds.OLE) == ["encrypted"]


def test_macros_are_reported(tmp_path: Path) -> None:
    path = makers.ooxml(tmp_path / "d.docm", {"word/document.xml": "<d/>", "word/vbaProject.bin": "x"})
    assert codes(path, kinds.DOCX) == ["has-script"]


def test_an_entity_bomb_is_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><d><t>&b;</t></d>'
    path = makers.ooxml(tmp_path / "d.docx", {"word/document.xml": bomb})
    assert text(path, kinds.DOCX).note == "damaged"


def test_a_zip_bomb_is_left_packed(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "d.docx", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(9):
            archive.writestr(f"word/media/{number}.bin", bytes(50 * 1024**2))
    assert codes(tmp_path / "d.docx", kinds.DOCX) == ["too-large"]


def test_an_office_document_cut_short_says_so(tmp_path: Path) -> None:
    path = makers.docx(tmp_path / "d.docx")
    path.write_bytes(path.read_bytes()[:-40])
    assert codes(path, kinds.DOCX) == ["truncated"]
    assert text(path, kinds.DOCX).note == "damaged"


def test_a_member_with_a_wrong_checksum_damages_the_document(tmp_path: Path) -> None:
    path = tmp_path / "d.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("word/document.xml", "<d>2016</d>")
    path.write_bytes(path.read_bytes().replace(b"2016", b"2017"))
    assert codes(path, kinds.DOCX) == ["damaged"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_plain_text_is_read_in_every_usual_encoding(tmp_path: Path, encoding: str) -> None:
    said = f"Notice 通知\n{makers.SENTENCE}"
    (tmp_path / "t.txt").write_bytes(said.replace("\n", "\r\n").encode(encoding))
    assert text(tmp_path / "t.txt", "text/plain").text == said


def test_a_character_cut_by_the_limit_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_bytes("档案".encode() * 10 + "案".encode()[:2])
    assert text(tmp_path / "t.txt", "text/plain").text == "档案" * 10


def test_a_page_gives_what_its_reader_sees(tmp_path: Path) -> None:
    (tmp_path / "p.html").write_text(
        "<p>通知<b>书</b></p><script>alert(1)</script><p>&lt;公示&gt;</p>", encoding="utf-8"
    )
    assert text(tmp_path / "p.html", "text/html").text.split() == ["通知书", "<公示>"]
    assert codes(tmp_path / "p.html", "text/html") == ["has-script"]


def test_a_drawing_with_script_is_reported(tmp_path: Path) -> None:
    (tmp_path / "p.svg").write_text("<svg onload='x()'/>")
    assert codes(tmp_path / "p.svg", "image/svg+xml") == ["has-script"]


def test_nothing_is_empty(tmp_path: Path) -> None:
    (tmp_path / "n").write_bytes(b"")
    assert codes(tmp_path / "n", kinds.EMPTY) == ["empty"]


def test_what_is_not_known_is_kept_and_said_to_be_unknown(tmp_path: Path) -> None:
    (tmp_path / "n").write_bytes(b"\1\2\3")
    assert codes(tmp_path / "n", kinds.UNKNOWN) == ["unknown-type"]
    assert text(tmp_path / "n", kinds.UNKNOWN).note == "unsupported"


@settings(max_examples=150, deadline=None)
@given(content=st.binary(min_size=1, max_size=600), media_type=st.sampled_from(ALL_TYPES), at=st.integers(0, 400))
def test_no_bytes_make_examining_or_reading_fail(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, media_type: str, at: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "any-bytes"
    path.write_bytes(content)
    found = examine(path, media_type)
    assert all(finding.code in FINDING_TEXTS for finding in found.findings)
    assert text(path, media_type).note in {"", *FINDING_TEXTS}
    whole = makers.docx(path).read_bytes()
    path.write_bytes(whole[:at] + content + whole[at:])
    assert text(path, kinds.DOCX).note in {"", *FINDING_TEXTS}
    path.write_bytes(makers.word97(path).read_bytes()[: 1_000 + at] + content)
    assert text(path, kinds.WORD97).note in {"", *FINDING_TEXTS}


def test_every_reason_is_given_in_both_languages() -> None:
    for code, (english, chinese) in FINDING_TEXTS.items():
        assert (finding_label(code, "en"), finding_label(code)) == (english, chinese)
        assert english.isascii()
        assert chinese.endswith("。")
