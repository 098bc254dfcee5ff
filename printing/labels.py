"""Labels for boxes, spines, places and paper copies, in sheets of A4 to be cut along the lines.

The box is 310 × 220 mm with a spine of 20 to 50 mm, and what its spine must show is given by DA/T 22-2015.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from printing.typesetting import qr, typeset

SHEET_WIDTH_MM = 196
SPINE_MARGIN_MM = 2


@dataclass(frozen=True)
class Label:
    """What a label says: `code` in the QR code and in letters, a title, and lines of explanation."""

    code: str
    title: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class FromTo:
    """The first and last number 起止件号 of one series in a box; the series is empty where there is one alone."""

    first: str
    last: str
    series: str = ""


@dataclass(frozen=True)
class SpineLabel:
    """What the spine 盒脊 of a box shows: 全宗号, 年度, 保管期限, 机构(问题), 起止件号, 盒号."""

    fonds_number: str
    year: str
    retention: str
    items: tuple[FromTo, ...]
    box_number: str
    unit: str
    barcode: str
    thickness_mm: float = 30


def box_labels(labels: Sequence[Label]) -> bytes:
    """PDF of labels for the face of boxes, 180 × 90 mm, three to a sheet."""
    return _sheets("box", labels)


def place_labels(labels: Sequence[Label]) -> bytes:
    """PDF of labels for repositories, rows, bays and levels, 95 × 54 mm, ten to a sheet."""
    return _sheets("place", labels)


def copy_labels(labels: Sequence[Label]) -> bytes:
    """PDF of barcode stickers for paper copies, 48 × 25 mm, forty-four to a sheet."""
    return _sheets("copy", labels)


def spine_labels(labels: Sequence[SpineLabel]) -> bytes:
    """PDF of spine labels, 260 mm high and 2 mm narrower than the box is thick, as many to a sheet as fit.

    Raises ValueError for a thickness outside 20 to 50 mm.
    """
    sheets: list[list[dict[str, object]]] = []
    used_mm = 0.0
    for label in labels:
        if not 20 <= label.thickness_mm <= 50:
            raise ValueError(f"A box is 20 to 50 mm thick, not {label.thickness_mm:g}.")
        width_mm = label.thickness_mm - SPINE_MARGIN_MM
        if not sheets or used_mm + width_mm > SHEET_WIDTH_MM:
            sheets.append([])
            used_mm = 0.0
        used_mm += width_mm
        sheets[-1].append({**asdict(label), "width_mm": width_mm, "qr": qr(label.barcode)})
    return typeset("spines.typ", {"sheets": sheets})


def _sheets(kind: str, labels: Sequence[Label]) -> bytes:
    return typeset(
        "labels.typ", {"kind": kind, "labels": [{**asdict(label), "qr": qr(label.code)} for label in labels]}
    )
