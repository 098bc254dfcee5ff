"""What a scanned barcode or reference code stands for."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from accounts.roles import Actor
from classification.codes import as_scanned
from records.closing.families import file_of_alias
from records.files.models import File, GivenCode, Item
from records.files.services import visible_files, visible_items
from records.holdings.errors import UnknownBarcode
from records.holdings.shelving import box_named, copy_named, place_named


@dataclass(frozen=True)
class Found:
    """The page of what was found."""

    endpoint: str
    arguments: Mapping[str, Any]


def found_by(session: Session, text: str, actor: Actor) -> Found | None:
    """The paper copy, box or place with this barcode, or the file or item that was ever given this reference code.

    The code of a file that was joined to another finds the one that goes on (art. 11c).
    None where nothing in the actor's scope has it.
    """
    for find, endpoint, argument in (
        (copy_named, "holdings.show_copy", "copy_id"),
        (box_named, "holdings.show_box", "box_id"),
        (place_named, "holdings.show_place", "place_id"),
    ):
        with suppress(UnknownBarcode):
            return Found(endpoint, {argument: find(session, text, actor).id})
    given = session.get(GivenCode, as_scanned(text))
    if given is None:
        return None
    if item := session.scalar(visible_items(actor).where(Item.id == given.item_id)):
        return Found("browse.show_item", {"item_id": item.id})
    number = file_of_alias(session, text) or given.file_id
    if file := session.scalar(visible_files(actor).where(File.id == number)):
        return Found("browse.show_file", {"file_id": file.id})
    return None
