"""Made-up bytes and holdings for the tests of this room."""

import io
from typing import BinaryIO, cast

from PIL import Image
from sqlalchemy.orm import Session

from classification.categories import Carrier, Category
from classification.periods import Period
from records.files.models import File
from records.holdings.boxes import add_box
from records.holdings.intake import Arrived, Common, receive_bytes, take_in
from records.holdings.models import Box, DigitalObject, Place, PlaceKind
from records.holdings.places import add_place
from storage.objects import ObjectStore
from tests.cast import MONDAY, NOON, Cast
from units.models import Unit

LIMIT_BYTES = 50 * 1024**2
TEN_YEARS = Period(10)


def png(shade: int = 0, side: int = 24) -> bytes:
    """A small picture; another shade gives other bytes."""
    made = io.BytesIO()
    Image.new("RGB", (side, side), (shade % 256, 90, 120)).save(made, "PNG")
    return made.getvalue()


def jpeg(*, orientation: int = 1) -> bytes:
    """A photograph 40 pixels wide and 20 high, lying on its side if the orientation says so."""
    made = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("RGB", (40, 20), "navy").save(made, "JPEG", exif=exif)
    return made.getvalue()


def tiff(pages: int = 2) -> bytes:
    """A scan of several pages."""
    made = io.BytesIO()
    sheets = [Image.new("L", (60, 80), 200 - 20 * number) for number in range(pages)]
    sheets[0].save(made, "TIFF", save_all=True, append_images=sheets[1:])
    return made.getvalue()


def pdf(text: str = "Help for one household", pages: int = 1) -> bytes:
    """A PDF with some text on each page, written by hand."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(pages))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode())
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for number in range(pages):
        stream = f"BT /F1 18 Tf 72 700 Td ({text}, page {number + 1}) Tj ET".encode()
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * number} 0 R "
            f"/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    made, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return made + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)


def arrive(store: ObjectStore, content: bytes, name: str = "申请书.pdf") -> Arrived:
    return receive_bytes(store, cast(BinaryIO, io.BytesIO(content)), name, limit_bytes=LIMIT_BYTES)


def common(**changes: object) -> Common:
    """What an upload of scans into a household file says of all of them."""
    fields: dict[str, object] = {
        "document_type": "application",
        "carrier": Carrier.ELECTRONIC,
        "dated": "2026-03-01",
        "responsible_body": "机械厂工会",
    }
    return Common(**{**fields, **changes})  # type: ignore[arg-type]


def take(session: Session, store: ObjectStore, cast: Cast, file: File, content: bytes, name: str) -> DigitalObject:
    """Bytes taken into a file as an item of their own."""
    arrived = arrive(store, content, name)
    return take_in(session, file, arrived, common(), actor=cast.keeper.actor, at=NOON, on=MONDAY)


def make_place(
    session: Session, cast: Cast, name: str = "1号库", *, capacity: int | None = None, unit: Unit | None = None
) -> Place:
    unit = unit or cast.district
    keeper = cast.keeper if unit is cast.district else cast.other_keeper
    return add_place(session, unit, PlaceKind.REPOSITORY, name, actor=keeper.actor, capacity_boxes=capacity)


def make_box(
    session: Session,
    cast: Cast,
    place: Place,
    *,
    category: Category = Category.ORIGINAL,
    year: int = 2026,
    period: Period = TEN_YEARS,
) -> Box:
    return add_box(
        session, place, category, year, period, keeper=cast.keeper, actor=cast.keeper.actor, at=NOON, on=MONDAY
    )


def prepared(row: DigitalObject) -> DigitalObject:
    """The object as the worker leaves it when nothing is wrong with it."""
    row.prepared_at = NOON
    return row
