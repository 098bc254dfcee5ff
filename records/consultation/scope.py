"""What of the archives a request can reach: candidates, pages, and what keeps an item from being shown."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from accounts.roles import Actor, Permission
from classification.categories import AccessStatus, Category, SecrecyLevel
from classification.identity import of_age
from classification.text import Label
from records.consultation.models import Consultation, Redaction, Way
from records.files.models import File, Item
from records.files.services import visible_files
from records.holdings.models import DigitalObject, PaperCopy
from records.households.models import Household, Member, Person
from records.lending.models import Loan
from rules.services import Rulebook

MOST_CANDIDATES = 20
PAGES = re.compile(r"[1-9]\d{0,4}(?:-[1-9]\d{0,4})?(?:,[1-9]\d{0,4}(?:-[1-9]\d{0,4})?)*", re.ASCII)
UNDRAWABLE = {"damaged", "encrypted", "too-large"}

Part = tuple[int, int, int, int, int, int]  # a black part: object, page of it, left, top, width, height in thousandths


@dataclass(frozen=True)
class PageRef:
    """A page of an item: the object it is in, and its number there."""

    object: DigitalObject
    page: int


@dataclass(frozen=True)
class Restriction:
    """Why something about an item needs care, or, where it `forbids`, why it is not shown."""

    why: Label
    forbids: bool


@dataclass(frozen=True)
class Candidate:
    """An item that the keeper may leave in the scope, with its pages and what is to be known of it."""

    item: Item
    pages_count: int
    restrictions: tuple[Restriction, ...]
    redacted: bool

    @property
    def closed(self) -> Label | None:
        """Why it cannot be shown, if so."""
        return next((each.why for each in self.restrictions if each.forbids), None)


SECRET = Label("属于国家秘密，不对外提供", "it is a state secret and not shown to outsiders")
UNFILED = Label("尚未归档", "it is not filed yet")
DESTROYED = Label("已销毁", "it was destroyed")
UNREDACTED = Label("按本单位规则须先制作遮盖件", "by the unit's rules parts of it have to be blacked out first")
NO_PAGES = Label("屏幕上不显示，可到馆听看", "it has no pages for the screen; it is read or heard at the counter")
NO_PAPER = Label("没有可供到馆查阅的纸质件", "no paper copy of it is here to be read at the counter")
WITHDRAWN = Label(
    "所属家庭已撤档，个人信息仅供存储和必要的保护（个人信息保护法第四十七条）",
    "its household was withdrawn: its data are only kept and protected (PIPL art. 47)",
)
MINORS = Label("涉及未成年人，请遮盖其姓名和号码", "it may name minors: black out their names and numbers")
MOVED = Label("档案已移交其他单位", "its file has passed to another unit")
FORMER = Label(
    "本人已退出该户，只提供退出之前形成的材料",
    "the person has left this household: only what is older is shown",
)
AFTER_LEAVING = Label(
    "形成于本人退出该户之后，或形成时间不明", "it was made after the person left the household, or may have been"
)
DEFERRED = Label("开放标识为延期开放", "its access mark says that opening is deferred")


def files_asked_for(session: Session, consultation: Consultation, actor: Actor) -> Sequence[File]:
    """The files of the keeping unit that the request can mean, the newest first: those of the subject.

    Where the request names nobody, the yearly files are meant, of which the keeper looks for the right one.
    """
    asked = visible_files(actor, Permission.RECEIVE).where(
        File.unit_id == consultation.unit_id, File.destroyed_on.is_(None), _asked_for(consultation)
    )
    return session.scalars(asked.order_by(File.year.desc(), File.id.desc()).limit(MOST_CANDIDATES)).all()


def outside_request(session: Session, consultation: Consultation, items: Sequence[Item]) -> list[Item]:
    """Those of some items that do not lie within what was asked for, in the keeping unit; one query."""
    asked = select(File.id).where(
        File.id.in_({item.file_id for item in items}), File.unit_id == consultation.unit_id, _asked_for(consultation)
    )
    within = set(session.scalars(asked))
    return [item for item in items if item.file_id not in within]


def candidates(
    session: Session,
    consultation: Consultation,
    items: Sequence[Item],
    rulebook: Rulebook,
    on: date,
    picked: Mapping[int, str | None] | None = None,
) -> list[Candidate]:
    """What is to be known of some items, of the pages picked of each where any are; a constant number of queries."""
    ids = [item.id for item in items]
    pages = pages_of_items(session, ids)
    parts = black_parts(session, ids)
    out = _out_on_loan(session, ids) if consultation.way is Way.COUNTER else {}
    on_paper = set(session.scalars(select(PaperCopy.item_id).where(PaperCopy.item_id.in_(ids), _here())))
    with_minors = _households_with_minors(session, items, on)
    left = _left_households(session, consultation, items)
    to_redact = rulebook.names("redacted_documents")
    made = []
    for item in items:
        shown = picked_pages(pages.get(item.id, ()), (picked or {}).get(item.id))
        left_on = left.get(item.file.household_id)
        redacted = bool(covered_parts(shown, parts.get(item.id, ())))
        found = [
            Restriction(why, forbids)
            for why, forbids, holds in (
                (DESTROYED, True, item.destroyed_on is not None),
                (UNFILED, True, item.filed_on is None),
                (SECRET, True, {item.secrecy, item.file.secrecy} != {SecrecyLevel.INTERNAL}),
                (
                    UNREDACTED,
                    True,
                    consultation.way is Way.SCREEN and item.document_type in to_redact and not redacted,
                ),
                (NO_PAGES, True, consultation.way is Way.SCREEN and not pages.get(item.id)),
                (out.get(item.id, NO_PAPER), True, consultation.way is Way.COUNTER and item.id not in on_paper),
                (AFTER_LEAVING, True, left_on is not None and not _made_by(item, left_on)),
                (FORMER, False, left_on is not None),
                (WITHDRAWN, False, item.file.withdrawn_on is not None),
                (MINORS, False, item.file.household_id in with_minors),
                (DEFERRED, False, item.access is AccessStatus.DEFERRED),
            )
            if holds
        ]
        made.append(Candidate(item, len(pages.get(item.id, ())), tuple(found), redacted))
    return made


def pages_of_items(session: Session, item_ids: Sequence[int]) -> Mapping[int, Sequence[PageRef]]:
    """The pages that can be drawn, by item, in the order of its digital objects; one query."""
    rows = session.scalars(
        select(DigitalObject)
        .where(
            DigitalObject.item_id.in_(item_ids),
            DigitalObject.prepared_at.is_not(None),
            DigitalObject.destroyed_at.is_(None),
        )
        .order_by(DigitalObject.id)
        .options(joinedload(DigitalObject.item).joinedload(Item.file).joinedload(File.unit))
    )
    pages: dict[int, list[PageRef]] = {}
    for row in rows:
        refs = [PageRef(row, number) for number in range(1, drawable_pages(row) + 1)]
        pages.setdefault(row.item_id, []).extend(refs)
    return pages


def black_parts(session: Session, item_ids: Sequence[int]) -> Mapping[int, Sequence[Part]]:
    """What is blacked out on some items now, by item; one query."""
    rows = session.execute(
        select(DigitalObject.item_id, Redaction)
        .join(Redaction.object)
        .where(DigitalObject.item_id.in_(item_ids))
        .order_by(Redaction.id)
    )
    parts: dict[int, list[Part]] = {}
    for item_id, row in rows:
        part = row.object_id, row.page, row.left_permille, row.top_permille, row.width_permille, row.height_permille
        parts.setdefault(item_id, []).append(part)
    return parts


def covered_parts(pages: Iterable[PageRef], parts: Iterable[Part]) -> list[Part]:
    """The black parts that lie on some pages."""
    shown = {(ref.object.id, ref.page) for ref in pages}
    return [part for part in parts if part[:2] in shown]


def still_covered(approved: Iterable[Sequence[int]], parts: Sequence[Part]) -> bool:
    """Whether everything that was black when it was approved is black now: each part whole within one of today's."""
    return all(any(_within(each, part) for part in parts) for each in approved)


def picked_pages(refs: Sequence[PageRef], pages: str | None) -> Sequence[PageRef]:
    """The pages that `1-3,5` means of an item; all of them where the text does not fit."""
    try:
        return [refs[number - 1] for number in page_numbers(pages, len(refs))]
    except ValueError:
        return refs


def drawable_pages(row: DigitalObject) -> int:
    """How many pages of an object can be drawn: those of a PDF, the frames of a picture; none of what is damaged."""
    if any(finding["code"] in UNDRAWABLE for finding in row.findings):
        return 0
    if row.media_type.startswith("image/"):
        count = row.facts.get("frames", 1)
    else:
        count = row.facts.get("pages", 0) if row.media_type == "application/pdf" else 0
    return count if isinstance(count, int) else 0


def page_numbers(text: str | None, last: int) -> tuple[int, ...]:
    """The pages that `1-3,5` means of an item with so many, None all of them; raises ValueError for any other text."""
    if text is None:
        return tuple(range(1, last + 1))
    if not PAGES.fullmatch(text):
        raise ValueError(text)
    numbers: set[int] = set()
    for part in text.split(","):
        first, _, end = part.partition("-")
        numbers.update(range(int(first), min(int(end or first), last + 1) + 1))
        if int(end or first) < int(first):
            raise ValueError(text)
    if max(numbers) > last:
        raise ValueError(text)
    return tuple(sorted(numbers))


def _within(inner: Sequence[int], outer: Sequence[int]) -> bool:
    object_id, page, left, top, width, height = inner
    _, _, outer_left, outer_top, outer_width, outer_height = outer
    return (
        (object_id, page) == tuple(outer[:2])
        and outer_left <= left
        and outer_top <= top
        and left + width <= outer_left + outer_width
        and top + height <= outer_top + outer_height
    )


def _asked_for(consultation: Consultation) -> ColumnElement[bool]:
    """True for files of the person asked for, by number where it is known, by name otherwise."""
    if consultation.subject_name is None:
        return File.category != Category.ORIGINAL
    of_person = select(Member.id).join(Person).where(Member.household_id == File.household_id)
    if consultation.subject_number_blind is not None:
        return of_person.where(Person.number_blind == consultation.subject_number_blind).exists()
    return or_(
        File.title == consultation.subject_name, of_person.where(Person.name == consultation.subject_name).exists()
    )


def _left_households(session: Session, consultation: Consultation, items: Sequence[Item]) -> Mapping[int | None, date]:
    """When whoever asks for the own file left the households of some items; nothing of those they belong to."""
    if not consultation.own_file:
        return {}
    rows = session.execute(
        select(Member.household_id, Member.left_on)
        .join(Person)
        .where(
            Member.household_id.in_({item.file.household_id for item in items}),
            Person.number_blind == consultation.subject_number_blind,
        )
        .order_by(Member.left_on)
    ).all()
    present = {household for household, left_on in rows if left_on is None}
    return {household: left_on for household, left_on in rows if left_on is not None and household not in present}


def _made_by(item: Item, day: date) -> bool:
    """Whether an item was certainly made on a day or before, as far as its own date is known."""
    until = day.isoformat()
    return item.dated == until or item.dated < until[: len(item.dated)]


def paper_here(session: Session, item_id: int) -> Sequence[PaperCopy]:
    """The paper copies of an item that are in the house."""
    return session.scalars(select(PaperCopy).where(PaperCopy.item_id == item_id, _here())).all()


def _out_on_loan(session: Session, item_ids: Sequence[int]) -> Mapping[int, Label]:
    """Of items whose paper is out on loan, by when it is due back."""
    rows = session.execute(
        select(PaperCopy.item_id, Loan.due_on)
        .join(Loan, Loan.copy_id == PaperCopy.id)
        .where(PaperCopy.item_id.in_(item_ids), Loan.returned_on.is_(None))
        .order_by(Loan.due_on.desc())
    )
    return {
        item_id: Label(f"纸质件已借出，应还日期 {due_on}", f"its paper is out on loan, due on {due_on}")
        for item_id, due_on in rows
    }


def _here() -> ColumnElement[bool]:
    return PaperCopy.holder_id.is_(None) & PaperCopy.missing_since.is_(None) & PaperCopy.destroyed_on.is_(None)


def _households_with_minors(session: Session, items: Sequence[Item], on: date) -> set[int | None]:
    households = {item.file.household_id for item in items if item.file.household_id is not None}
    rows = session.execute(
        select(Household.id, Person.born_on)
        .join(Member, Member.household_id == Household.id)
        .join(Person, Person.id == Member.person_id)
        .where(Household.id.in_(households), Member.left_on.is_(None))
    )
    return {household for household, born_on in rows if born_on is not None and not of_age(born_on, on)}
