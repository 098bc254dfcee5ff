"""What is scanned at the desk: a copy, or something that is none, which is said in words."""

from contextlib import suppress

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

from accounts.roles import Actor, Permission
from classification.codes import as_scanned
from records.files.models import File, Item
from records.files.services import visible_files, visible_items
from records.holdings.copies import last_spot
from records.holdings.errors import UnknownBarcode
from records.holdings.models import Box, PaperCopy
from records.holdings.scanned import box_named, copy_named, place_named
from records.lending.errors import BoxIsOut, BoxScanned, FileScanned, ItemScanned, PassedOn, PlaceScanned
from records.lending.models import Loan, LoanRequest


def copy_scanned(session: Session, text: str, actor: Actor) -> PaperCopy:
    """The copy with this barcode; what else the text may be is said in words.

    Raises BoxIsOut, BoxScanned, PlaceScanned, FileScanned, ItemScanned, PassedOn or UnknownBarcode.
    """
    try:
        return copy_named(session, text, actor)
    except UnknownBarcode:
        _explain(session, as_scanned(text), actor)
        raise


def _explain(session: Session, text: str, actor: Actor) -> None:
    """Raise the refusal that says what a text is that is no barcode of a copy; nothing where it is unknown."""
    if file := session.scalar(visible_files(actor).where(File.code == text)):
        raise FileScanned(code=file.code, title=file.title)
    if item := session.scalar(visible_items(actor).where(Item.code == text)):
        barcodes = session.scalars(select(PaperCopy.barcode).where(PaperCopy.item_id == item.id).order_by(PaperCopy.id))
        raise ItemScanned(code=item.code, title=item.title, barcodes=", ".join(barcodes) or "—")
    with suppress(UnknownBarcode):
        box = box_named(session, text, actor)
        _explain_box_out(session, box)
        raise BoxScanned(barcode=box.barcode, address=box.address)
    with suppress(UnknownBarcode):
        place = place_named(session, text, actor)
        raise PlaceScanned(barcode=place.barcode, address=place.address)
    copy = session.scalar(select(PaperCopy).where(PaperCopy.barcode == text))
    if copy and actor.may(Permission.LEND, last_spot(session, copy).unit.path):
        raise PassedOn(barcode=copy.barcode, unit=copy.item.file.unit.name)


def _explain_box_out(session: Session, box: Box) -> None:
    """Raise BoxIsOut where something is out still that was lent with the whole box."""
    loan = session.scalar(
        select(Loan)
        .join(Loan.request)
        .where(Loan.returned_on.is_(None), Loan.from_box_id == box.id, LoanRequest.box_id == box.id)
        .order_by(Loan.id)
        .limit(1)
        .options(joinedload(Loan.borrower), contains_eager(Loan.request))
    )
    if loan is not None and loan.request is not None:
        raise BoxIsOut(barcode=box.barcode, borrower=loan.borrower.display_name, number=loan.request.number)
