"""PDF: facts, findings, text and pages."""

from pathlib import Path

import pytest
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

from storage.media.examination import examine, page_image, picture, prepare, text
from tests.storage.media import makers

PDF = "application/pdf"


def codes(path: Path) -> list[str]:
    return [finding.code for finding in examine(path, PDF).findings]


def rewritten(path: Path, target: Path, **change: object) -> Path:
    writer = PdfWriter(clone_from=path)
    for name, value in change.items():
        getattr(writer, name)(*value if isinstance(value, tuple) else (value,))
    writer.write(target)
    return target


def test_a_pdf_tells_pages_version_and_its_claim_to_be_pdf_a(tmp_path: Path) -> None:
    examined = examine(makers.pdf(tmp_path / "p.pdf", pages=3), PDF)
    assert examined.findings == []
    expected = {"pages": 3, "pdf_a": "2b", "encrypted": False, "has_script": False, "has_form": False}
    assert expected.items() <= examined.facts.items()
    assert (examined.facts["page_width_mm"], examined.facts["page_height_mm"]) == (210, 297)
    assert examined.facts["pdf_version"] == "1.7"


def test_the_text_of_each_page_is_found_in_order(tmp_path: Path) -> None:
    found = text(makers.pdf(tmp_path / "p.pdf", pages=2), PDF)
    assert [page.strip() for page in found.text.split("\f")] == [makers.SENTENCE] * 2
    assert found.note == ""


def test_text_past_the_limit_is_cut_and_said_so(tmp_path: Path) -> None:
    found = text(makers.pdf(tmp_path / "p.pdf", pages=3), PDF, 30)
    assert (len(found.text), found.note) == (30, "text-cut")


def test_a_pdf_closed_by_a_password_is_encrypted(tmp_path: Path) -> None:
    closed = rewritten(makers.pdf(tmp_path / "p.pdf"), tmp_path / "closed.pdf", encrypt="secret")
    assert codes(closed) == ["encrypted"]
    assert text(closed, PDF).note == "encrypted"
    assert picture(closed, PDF) is None
    assert prepare(closed, "closed.pdf").facts == {"encrypted": True}


def test_a_pdf_that_anybody_can_open_is_not_closed(tmp_path: Path) -> None:
    restricted = rewritten(makers.pdf(tmp_path / "p.pdf"), tmp_path / "r.pdf", encrypt=("", "owner"))
    assert codes(restricted) == []
    assert examine(restricted, PDF).facts["encrypted"] is True


@pytest.mark.parametrize("place", ["opening", "names", "page", "field"])
def test_script_in_a_pdf_is_reported_wherever_it_is(tmp_path: Path, place: str) -> None:
    writer = PdfWriter(clone_from=makers.pdf(tmp_path / "p.pdf"))
    page = writer.pages[0]
    script = DictionaryObject({NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("x")})
    if place == "opening":
        writer.root_object[NameObject("/OpenAction")] = script
    elif place == "names":
        named = DictionaryObject({NameObject("/Names"): ArrayObject([TextStringObject("n"), script])})
        writer.root_object[NameObject("/Names")] = DictionaryObject({NameObject("/JavaScript"): named})
    elif place == "page":
        page[NameObject("/AA")] = DictionaryObject({NameObject("/O"): script})
    else:
        field = DictionaryObject({NameObject("/Subtype"): NameObject("/Widget"), NameObject("/A"): script})
        page[NameObject("/Annots")] = ArrayObject([field])
    writer.write(tmp_path / "s.pdf")
    assert codes(tmp_path / "s.pdf") == ["has-script"]


def test_attachments_of_a_pdf_are_named(tmp_path: Path) -> None:
    table = '表 #pdf.attach("表.csv", bytes("1,2"), mime-type: "text/csv", relationship: "data", description: "表")'
    path = makers.pdf(tmp_path / "p.pdf", body=table, standard="a-3b")
    assert examine(path, PDF).facts["attachments"] == ["表.csv"]
    assert examine(path, PDF).facts["pdf_a"] == "3b"


def test_a_pdf_without_its_end_is_truncated(tmp_path: Path) -> None:
    content = makers.pdf(tmp_path / "p.pdf").read_bytes()
    (tmp_path / "cut.pdf").write_bytes(content[: len(content) * 2 // 3])
    assert "truncated" in codes(tmp_path / "cut.pdf")


def test_a_pdf_whose_pages_are_gone_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "p.pdf").write_bytes(
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF"
    )
    assert codes(tmp_path / "p.pdf") == ["damaged"]
    assert text(tmp_path / "p.pdf", PDF).note == "damaged"


def test_a_scan_without_text_layer_says_so(tmp_path: Path) -> None:
    makers.photo().save(tmp_path / "scan.pdf")
    assert text(tmp_path / "scan.pdf", PDF).note == "no-text-layer"
    assert codes(tmp_path / "scan.pdf") == []


@pytest.mark.parametrize("width", [200, 1200])
def test_pages_are_drawn_as_wide_as_asked(tmp_path: Path, width: int) -> None:
    path = makers.pdf(tmp_path / "p.pdf", pages=2)
    shown = page_image(path, PDF, 2, width)
    assert shown is not None
    assert abs(shown.width - width) <= 1
    for missing in (0, 3, -1):
        assert page_image(path, PDF, missing, width) is None


def test_preparing_gives_what_each_part_gives(tmp_path: Path) -> None:
    path = makers.pdf(tmp_path / "p.pdf")
    prepared = prepare(path, "p.pdf")
    assert prepared.facts == examine(path, PDF).facts
    assert prepared.text == text(path, PDF).text
    assert prepared.pictures == {"thumbnail": picture(path, PDF)}
