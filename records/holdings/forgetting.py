"""What the path of paper forgets of a household whose file was destroyed: words in a reason, never a step (art. 15)."""

from collections.abc import Sequence

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from records.files.models import File, Item
from records.files.stubs import empty, reduces
from records.holdings.models import Movement, PaperCopy


@reduces
def forget_reasons(session: Session, file: File, words: Sequence[str]) -> None:
    """Empty the reasons that tell whose household it was, of its paper and of the boxes where it lay.

    A step is append-only: its reason goes as a whole or stays, so every other reason, such as "Lent", stays.
    """
    concerned = or_(Movement.copy_id.in_(copies_of(file)), Movement.box_id.in_(boxes_of(file)))
    telling = or_(*(Movement.reason.contains(word, autoescape=True) for word in words))
    if words:
        empty(session, concerned & telling, Movement.reason)


def copies_of(file: File) -> Select[int]:
    """The ids of the paper copies of a file."""
    return select(PaperCopy.id).join(Item, Item.id == PaperCopy.item_id).where(Item.file_id == file.id)


def boxes_of(file: File) -> Select[int | None]:
    """The ids of the boxes in which paper of a file lay at any time."""
    return select(Movement.to_box_id).where(Movement.copy_id.in_(copies_of(file)), Movement.to_box_id.is_not(None))
