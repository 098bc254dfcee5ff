"""What the path of paper forgets of a household whose file was destroyed: words in a reason, never a step (art. 15)."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from records.files.models import File, Item
from records.files.stubs import empty, reduces
from records.holdings.models import Movement, PaperCopy


@reduces
def forget_reasons(session: Session, file: File, words: Sequence[str]) -> None:
    """Empty the reasons that tell whose household it was, of its paper and of the boxes where it lay.

    A step is append-only: its reason goes as a whole or stays, so every other reason, such as "Lent", stays.
    """
    copies = select(PaperCopy.id).join(Item, Item.id == PaperCopy.item_id).where(Item.file_id == file.id)
    boxes = select(Movement.to_box_id).where(Movement.copy_id.in_(copies), Movement.to_box_id.is_not(None))
    concerned = or_(Movement.copy_id.in_(copies), Movement.box_id.in_(boxes))
    telling = or_(*(Movement.reason.contains(word, autoescape=True) for word in words))
    if words:
        empty(session, concerned & telling, Movement.reason)
