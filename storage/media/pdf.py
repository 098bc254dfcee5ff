"""PDF: pages, text and pictures through PDFium, the facts it does not tell through pypdf.

PDFium serves one thread at a time.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pypdfium2
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject

from storage.media import images
from storage.media.results import Encrypted, Examination, ExtractedText, Facts, Finding, Picture, Unreadable

SECONDS_PER_FILE = 20.0
MOST_PAGES_READ_FOR_SCRIPTS = 200
MOST_EDGE = 4_000
MM_PER_POINT = 25.4 / 72
_PDF_A = re.compile(rb"pdfaid:(part|conformance)\s*(?:=\s*[\"']|>)\s*(\w)")
_NOT_TEXT = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")


@contextmanager
def opened(path: Path) -> Iterator[pypdfium2.PdfDocument]:
    """The document; raises Encrypted or Unreadable, also for whatever fails in the block."""
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise (Encrypted if "assword" in str(error) else Unreadable)(str(error)) from error
    try:
        yield document
    except pypdfium2.PdfiumError as error:
        raise Unreadable(str(error)) from error
    finally:
        document.close()


def examine(path: Path) -> Examination:
    """Facts, and findings: encrypted, damaged if a page cannot be loaded, truncated, has-script."""
    return prepare(path, limit=0, edge=0)[0]


def prepare(path: Path, limit: int, edge: int) -> tuple[Examination, ExtractedText, Picture | None]:
    """What examine, text and picture give, the document opened and its fonts parsed once."""
    facts: Facts = {}
    findings: list[Finding] = []
    extracted, drawn = ExtractedText(note="damaged"), None
    try:
        with opened(path) as document:
            facts.update(_facts(document))
            extracted = _read(document, limit)
            if edge:
                drawn = _drawn(document, 1, lambda width, height: edge / max(width, height))
    except Encrypted as error:
        found = Examination({"encrypted": True}, [Finding("encrypted", str(error))])
        return found, ExtractedText(note="encrypted"), None
    except Unreadable as error:
        findings.append(Finding("damaged", str(error)))
    if b"%%EOF" not in _tail(path):
        findings.append(Finding("truncated", "The end-of-file mark is missing."))
    with suppress(Exception):  # what PDFium opened stays readable, whatever pypdf thinks of it
        facts.update(_facts_by_pypdf(path))
    if facts.get("has_script"):
        findings.append(Finding("has-script", "The document contains JavaScript."))
    return Examination(facts, findings), extracted, drawn


def picture(path: Path, edge: int, *, page_number: int = 1) -> Picture:
    """A JPEG of one page counted from 1, its longer side `edge` pixels; raises Unreadable."""
    with opened(path) as document:
        return _drawn(document, page_number, lambda width, height: edge / max(width, height))


def page_image(path: Path, page_number: int, width: int) -> Picture:
    """A JPEG of one page counted from 1, `width` pixels wide; raises Unreadable, also for a page that is not there."""
    with opened(path) as document:
        return _drawn(document, page_number, lambda page_width, _: width / page_width)


def text(path: Path, limit: int) -> ExtractedText:
    """The text of all pages, parted by form feeds, at most `limit` characters; raises Encrypted or Unreadable."""
    with opened(path) as document:
        return _read(document, limit)


def _read(document: pypdfium2.PdfDocument, limit: int) -> ExtractedText:
    """Parse every page as proof that it is there, as long as time allows, and take the text up to the limit."""
    texts: list[str] = []
    rest, deadline = limit, time.monotonic() + SECONDS_PER_FILE
    for number, page in enumerate(document, 1):
        if rest > 0:
            textpage = page.get_textpage()
            texts.append(_NOT_TEXT.sub("", textpage.get_text_bounded().replace("\r\n", "\n")))
            textpage.close()
            rest -= len(texts[-1]) + 1
        page.close()
        if time.monotonic() > deadline and number < len(document):
            rest = -1
            break
    joined = "\f".join(texts)[:limit]
    if rest < 0:
        return ExtractedText(joined, "text-cut")
    return ExtractedText(joined) if joined.strip() else ExtractedText(note="no-text-layer")


def _facts(document: pypdfium2.PdfDocument) -> Facts:
    if not len(document):
        raise Unreadable("The document has no page.")
    facts: Facts = {"pages": len(document), "has_form": document.get_formtype() not in {None, 0}}
    if version := document.get_version():
        facts["pdf_version"] = f"{version // 10}.{version % 10}"
    names = [document.get_attachment(at).get_name() for at in range(document.count_attachments())]
    if names:
        facts["attachments"] = names
    width, height = document.get_page_size(0)
    facts["page_width_mm"], facts["page_height_mm"] = round(width * MM_PER_POINT), round(height * MM_PER_POINT)
    if title := document.get_metadata_value("Title"):
        facts["title"] = _NOT_TEXT.sub("", title)[:500]
    return facts


def _drawn(document: pypdfium2.PdfDocument, page_number: int, scale: Callable[[float, float], float]) -> Picture:
    if not 1 <= page_number <= len(document):
        raise Unreadable(f"There is no page {page_number}.")
    page = document[page_number - 1]
    width, height = page.get_size()
    if min(width, height) <= 0:
        raise Unreadable("The page has no area.")
    factor = min(scale(width, height), MOST_EDGE / max(width, height))
    return images.encoded(page.render(scale=factor).to_pil())


def _facts_by_pypdf(path: Path) -> Facts:
    reader = PdfReader(path)
    root = reader.root_object
    facts: Facts = {"encrypted": reader.is_encrypted, "has_script": _has_script(reader, root)}
    metadata = root.get("/Metadata")
    if metadata is not None:
        claim = {name: value.decode() for name, value in _PDF_A.findall(metadata.get_object().get_data())}
        if b"part" in claim:
            facts["pdf_a"] = claim[b"part"] + claim.get(b"conformance", "").lower()
    return facts


def _has_script(reader: PdfReader, root: DictionaryObject) -> bool:
    names = root.get("/Names")
    if names is not None and "/JavaScript" in names.get_object():
        return True
    if _acts(root):
        return True
    for page in reader.pages[:MOST_PAGES_READ_FOR_SCRIPTS]:
        annotations = page.get("/Annots")
        parts = annotations.get_object() if annotations is not None else ArrayObject()
        if _acts(page) or any(_acts(part.get_object()) for part in parts):
            return True
    return False


def _acts(part: DictionaryObject) -> bool:
    """Whether an action of this part of the document is JavaScript."""
    actions = [part.get(name) for name in ("/OpenAction", "/A")]
    more = part.get("/AA")
    if more is not None:
        actions += more.get_object().values()
    found = [action.get_object() for action in actions if action is not None]
    return any(isinstance(action, DictionaryObject) and action.get("/S") == "/JavaScript" for action in found)


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 4096))
        return file.read()
