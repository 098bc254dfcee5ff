"""What is collected and not filed 待归档: what stands in the way of each item, and what removes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from accounts.roles import Actor, Permission
from records.files.models import Item
from records.files.services import AWAITING, visible_items
from records.holdings.errors import NothingToFile, NotUsable, PaperMissing, PaperNotRegistered
from records.holdings.filing import file_item
from web.language import N_
from web.listing import Column
from web.rules import RuleViolation


@dataclass(frozen=True)
class Remedy:
    """What removes an obstacle: the words of the button (a msgid) and the page it leads to, of the item or its file."""

    label: str
    endpoint: str
    of_file: bool = False


ADD_FILES = Remedy(N_("Add digital files"), "holdings.upload", of_file=True)
REGISTER_PAPER = Remedy(N_("Register the paper copy"), "holdings.register")
REMEDIES: Mapping[type[RuleViolation], Remedy] = {
    NothingToFile: REGISTER_PAPER,
    NotUsable: ADD_FILES,
    PaperMissing: REGISTER_PAPER,
    PaperNotRegistered: REGISTER_PAPER,
}

AWAITING_COLUMNS: tuple[Column[Item], ...] = (
    Column("title", N_("Title"), lambda item: item.title, Item.title.expression),
    Column("file", N_("File"), lambda item: item.file.code),
    Column("unit", N_("Unit"), lambda item: item.file.unit.name),
    Column("dated", N_("Date"), lambda item: item.dated, Item.dated.expression),
    Column("collected", N_("Collected"), lambda item: item.collected_at, Item.id.expression),
)


def remedy_of(obstacle: RuleViolation | None) -> Remedy | None:
    """What removes an obstacle; None where there is none, or nothing to do but wait."""
    return REMEDIES.get(type(obstacle)) if obstacle else None


def file_chosen(
    session: Session, ids: Sequence[int], *, actor: Actor, on: date
) -> tuple[list[Item], list[RuleViolation]]:
    """File those of some items that nothing stands against; returns them, and why the others were not filed.

    Ids outside the units where the actor files, or filed already, are passed over.
    """
    waiting = visible_items(actor, Permission.FILE).where(Item.id.in_(ids), AWAITING).order_by(Item.id)
    filed: list[Item] = []
    refused: list[RuleViolation] = []
    for item in session.scalars(waiting).all():
        try:
            with session.begin_nested():
                filed.append(file_item(session, item, actor=actor, on=on))
        except RuleViolation as refusal:
            refused.append(refusal)
    return filed, refused
