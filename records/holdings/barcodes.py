"""Barcodes 条码 of places, boxes and copies: each is of one thing, for ever, and no one's card number."""

import re

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.models import User
from classification.codes import as_scanned
from records.files.codes import next_in_series
from records.holdings.errors import BadBarcode, BarcodeIsCard, BarcodeTaken
from records.holdings.models import Barcode

BARCODE = re.compile(r"[A-Z0-9][A-Z0-9.-]{2,39}")


def take_barcode(session: Session, barcode: str | None, letter: str) -> str:
    """Take the barcode that was typed, or the next one of the series of a letter; it is nobody else's from now on.

    Raises BadBarcode, BarcodeIsCard or BarcodeTaken.
    """
    typed = as_scanned(barcode or "")
    if typed and not BARCODE.fullmatch(typed):
        raise BadBarcode
    if typed and (holder := session.scalar(select(User).where(User.card_number == typed))):
        raise BarcodeIsCard(barcode=typed, name=holder.display_name)
    while True:
        text = typed or next_in_series(session, f"{letter}-", 8)
        try:
            with session.begin_nested():
                session.add(Barcode(text=text))
        except IntegrityError as error:
            if typed:
                raise BarcodeTaken(barcode=text) from error
            continue  # somebody typed this one by hand; the series goes on behind it
        return text
