"""What a file may lack by the regulation, said in SQL, so that such files can be listed and counted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, union_all

from accounts.models import User
from classification.articles import PUBLISHED_ON
from classification.categories import Carrier, Category, RecordForm
from classification.checklists import document_types
from classification.schedules import SCHEDULE
from records.files.expiry import AUDIO_VISUAL, file_ended_by
from records.files.models import Custody, File, Item
from records.holdings.models import PaperCopy
from records.households.models import Member, Person
from records.upkeep.models import CleanUpLine
from web.language import N_

PERMANENT_KEYS = tuple(line.key for line in SCHEDULE if line.period.permanent)
WITH_PAPER = (RecordForm.TEXT, RecordForm.GRAPHIC, RecordForm.TABLE)
ELECTRONIC = tuple(carrier for carrier in Carrier if carrier.is_electronic)


@dataclass(frozen=True)
class Flaw:
    """Something files may lack: its name (a msgid), its article, and the condition on a day."""

    label: str
    article: int
    condition: Callable[[date], ColumnElement[bool]]


def lacks_material(_on: date) -> ColumnElement[bool]:
    """True for files that lack a document the checklist of article 6 requires; `files.lacking` says which."""
    return or_(
        *(
            and_(
                File.category == category,
                ~select(Item.id)
                .where(Item.file_id == File.id, Item.document_type.in_((kind.key, *kind.alternatives)))
                .exists(),
            )
            for category in Category
            for kind in document_types(category)
            if kind.required
        )
    )


def member_without_number(_on: date) -> ColumnElement[bool]:
    """True for household files with a present member whose ID number is not on record (art. 11)."""
    return File.household_id.in_(
        select(Member.household_id)
        .join(Person, Person.id == Member.person_id)
        .where(Member.left_on.is_(None), Person.number_blind.is_(None))
    )


def without_keeper(_on: date) -> ColumnElement[bool]:
    """True for files nobody with an open account answers for (art. 16); stubs of destroyed ones need nobody."""
    kept = (
        select(Custody.id)
        .join(User, User.id == Custody.keeper_id)
        .where(Custody.file_id == File.id, Custody.until_on.is_(None), User.closed_at.is_(None))
    )
    return File.destroyed_on.is_(None) & ~kept.exists()


def period_over(on: date) -> ColumnElement[bool]:
    """True for withdrawn files whose period is over on a day, what was kept on counted, and still there (art. 15)."""
    return file_ended_by(on - timedelta(days=1)) & File.destroyed_on.is_(None)


def of_older_rules(_on: date) -> ColumnElement[bool]:
    """True for active households opened before the regulation that no clean-up has looked at since (art. 21)."""
    looked_at = select(CleanUpLine.file_id).where(CleanUpLine.older_rules, CleanUpLine.result.is_not(None))
    return and_(
        File.category == Category.ORIGINAL,
        File.opened_on < PUBLISHED_ON,
        File.withdrawn_on.is_(None),
        File.id.not_in(looked_at),
    )


FLAWS: Mapping[str, Flaw] = {
    "lacking": Flaw(N_("Required material is missing"), 6, lacks_material),
    "unnumbered": Flaw(N_("A member has no ID number on record"), 11, member_without_number),
    "over": Flaw(N_("Ten years since withdrawal are over"), 15, period_over),
    "unkept": Flaw(N_("Nobody answers for the file"), 16, without_keeper),
    "older": Flaw(N_("Opened under older rules, to be looked at again"), 21, of_older_rules),
}


def wants_paper() -> ColumnElement[bool]:
    """True for items without a paper copy that article 15 wants on paper; `counterpart.needs_paper` says it of one.

    Two ways to the few items concerned, each by an index of its own, instead of a walk through all items.
    """
    audio_visual = select(Item.id).where(Item.form.in_(AUDIO_VISUAL))
    permanent = select(Item.id).where(
        Item.retention_class.in_(PERMANENT_KEYS), Item.form.in_(WITH_PAPER), Item.carrier.in_(ELECTRONIC)
    )
    on_paper = select(PaperCopy.id).where(PaperCopy.item_id == Item.id).exists()
    return Item.id.in_(union_all(*(some.where(~on_paper) for some in (audio_visual, permanent))))
