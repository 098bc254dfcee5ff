"""The reading view: page images of what was approved, marked with the reader, kept for that reader alone."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor
from classification.text import Label
from printing.marking import Box, Watermark, marked
from records.consultation.errors import CannotBeShown, LessBlack, ReadingClosed
from records.consultation.models import Consultation, ConsultationItem, Redaction, State, Way
from records.consultation.requests import closed_now, line_of
from records.consultation.scope import PageRef, black_parts, page_numbers, pages_of_items, still_covered
from records.consultation.seeing import own_consultation
from records.holdings.locking import lock
from records.holdings.models import DigitalObject, Rendition
from records.holdings.objects import StoredPicture, keep_rendition, on_disk, rendition, store_picture
from storage.database import Database
from storage.media import Picture, Workshop
from storage.objects import ObjectMissing, ObjectStore
from web.rules import NotVisible

BASE_WIDTH = 1_400  # as the viewer of the house draws pages, so that one drawing serves both
KEPT_AS = "reading"
AT_ONCE = 50
PRIVATE = Label("本人查阅", "own file")


@dataclass(frozen=True)
class Tools:
    """What drawing needs: the database, the store, the workshop, and the time zone of the office."""

    database: Database
    store: ObjectStore
    workshop: Workshop
    zone: ZoneInfo


@dataclass(frozen=True)
class OpenPage:
    """A page that may be looked at now: the reading, its line, the object and the page in it."""

    consultation: Consultation
    line: ConsultationItem
    ref: PageRef
    number: int


def open_reading(session: Session, consultation_id: int, actor: Actor, *, at: datetime) -> Consultation:
    """The actor's own consultation, open on screen at this moment; raises NotVisible or ReadingClosed."""
    found = own_consultation(session, consultation_id, actor)
    state = found.state_at(at)
    if state is not State.OPEN or found.way is not Way.SCREEN:
        raise ReadingClosed(number=found.number, state=state.label)
    return found


def readable(
    session: Session, consultation: Consultation, consultation_item_id: int, *, at: datetime
) -> tuple[ConsultationItem, Sequence[tuple[int, PageRef]]]:
    """A line of the scope with its approved pages, as they are at this moment. `at` is in the office's zone.

    What was closed since the approval, as by a destruction or because the file has passed to another unit, is not
    shown, nor what is less black than it was. Raises NotVisible, CannotBeShown, LessBlack or OwnFileClosed.
    """
    line = line_of(session, consultation, consultation_item_id)
    item = line.item
    if closed_now(session, consultation, line, at.date()):
        raise CannotBeShown(unit=consultation.unit.name)
    refs = pages_of_items(session, [item.id]).get(item.id, ())
    try:
        numbers = page_numbers(line.pages, len(refs))
    except ValueError:  # fewer pages than were approved
        raise CannotBeShown(unit=consultation.unit.name) from None
    if not still_covered(line.covered, black_parts(session, [item.id]).get(item.id, ())):
        raise LessBlack(unit=consultation.unit.name)
    return line, [(number, refs[number - 1]) for number in numbers]


def open_page(
    session: Session, consultation_id: int, consultation_item_id: int, number: int, actor: Actor, *, at: datetime
) -> OpenPage:
    """One approved page of an open reading; raises NotVisible, ReadingClosed or CannotBeShown."""
    consultation = open_reading(session, consultation_id, actor, at=at)
    line, pages = readable(session, consultation, consultation_item_id, at=at)
    ref = dict(pages).get(number)
    if ref is None:
        raise NotVisible
    return OpenPage(consultation, line, ref, number)


def page_picture(session: Session, page: OpenPage, tools: Tools, *, at: datetime) -> bytes | None:
    """The marked picture of a page as JPEG, made or as it was made within the minute; None if it cannot be drawn."""
    row = page.ref.object
    boxes = [*boxes_on(session, row.id, page.ref.page), *approved_boxes(page)]
    prefix = f"{KEPT_AS}-{page.consultation.id}-{page.ref.page}-"
    as_now = f"{prefix}{_digest(boxes, watermark_of(page.consultation, at.astimezone(tools.zone)))}"
    kept = rendition(session, row, as_now)
    if kept is not None and (content := _read(tools.store, kept.key)):
        return content
    return _make(session, page, boxes, prefix, tools, at)


def redacted_picture(session: Session, row: DigitalObject, number: int, mark: Watermark, tools: Tools) -> bytes | None:
    """A page as an outside reader would see it, for the keeper to look at; it is kept nowhere."""
    base = _base(session, row, number, tools)
    return marked(base, boxes_on(session, row.id, number), mark)[0] if base else None


def watermark_of(consultation: Consultation, at: datetime) -> Watermark:
    """What names the reader of a consultation on each page, at a time of the office."""
    inquirer = consultation.inquirer
    return Watermark(inquirer.name, inquirer.body_name or PRIVATE.zh, f"{at:%Y-%m-%d %H:%M}", consultation.number)


def boxes_on(session: Session, object_id: int, page: int) -> list[Box]:
    """What is blacked out on a page of an object."""
    rows = session.scalars(
        select(Redaction).where(Redaction.object_id == object_id, Redaction.page == page).order_by(Redaction.id)
    )
    return [Box(row.left_permille, row.top_permille, row.width_permille, row.height_permille) for row in rows]


def approved_boxes(page: OpenPage) -> list[Box]:
    """What was black on a page when it was approved, and is drawn so although it be taken away this very moment."""
    here = [page.ref.object.id, page.ref.page]
    return [Box(*part[2:]) for part in page.line.covered if part[:2] == here]


def note_page(session: Session, page: OpenPage, actor: Actor) -> None:
    """Enter a look at one page in the use register 利用登记: every one, each time (art. 17)."""
    audit.record_use(
        session, actor.name, "content.viewed", page.ref.object, request=page.consultation.number, page=page.number,
        reader=page.consultation.inquirer.reader,
    )  # fmt: skip


def remove_pictures(database: Database, store: ObjectStore, *, at: datetime) -> int:
    """Throw away the pages drawn for readings that are over, the earliest first; how many readings were cleared."""
    over = or_(Consultation.ended_at.is_not(None), Consultation.lapses_at <= at)
    waiting = select(Consultation.id).where(
        over, Consultation.undertaking_at.is_not(None), Consultation.pictures_removed_at.is_(None)
    )
    with database.reading() as looking:
        ids = looking.scalars(waiting.order_by(Consultation.id).limit(AT_ONCE)).all()
    for consultation_id in ids:
        with database.begin() as session:
            session.execute(  # first: a page that is being kept is waited for, a later one is not kept
                update(Consultation).where(Consultation.id == consultation_id).values(pictures_removed_at=at)
            )
            keys = forget_pictures(session, consultation_id)
        for key in keys:
            store.discard(key)
    return len(ids)


def forget_pictures(session: Session, consultation_id: int) -> Sequence[str]:
    """Forget the pages drawn for one reading; gives their keys, to be discarded after the commit."""
    drawn = Rendition.kind.startswith(f"{KEPT_AS}-{consultation_id}-", autoescape=True)
    keys = session.scalars(select(Rendition.key).where(drawn)).all()
    session.execute(delete(Rendition).where(drawn).execution_options(synchronize_session=False))
    return keys


def _make(
    session: Session, page: OpenPage, boxes: Sequence[Box], prefix: str, tools: Tools, at: datetime
) -> bytes | None:
    row = page.ref.object
    base = _base(session, row, page.ref.page, tools)
    if base is None:
        return None
    made_at = at.astimezone(tools.zone)
    mark = watermark_of(page.consultation, made_at)
    content, width, height = marked(base, boxes, mark)
    kind = f"{prefix}{_digest(boxes, mark)}"
    stored = store_picture(tools.store, kind, Picture(content, "image/jpeg", width, height))
    _drop_earlier(row, prefix, tools)
    keep_rendition(
        tools.database, tools.store, row, stored, wanted=lambda keeping: _keeps_pictures(keeping, page.consultation.id)
    )
    return content


def _keeps_pictures(session: Session, consultation_id: int) -> bool:
    """Whether pages drawn for a reading are not thrown away yet; `remove_pictures` waits for the answer's commit."""
    one = session.get_one(Consultation, consultation_id)
    lock(session, one)
    return one.pictures_removed_at is None


def _base(session: Session, row: DigitalObject, number: int, tools: Tools) -> bytes | None:
    """The page as the house draws it, unmarked; drawn and kept where it has not been asked for yet."""
    kind = f"page-{number}"
    kept = rendition(session, row, kind)
    if kept is not None and (content := _read(tools.store, kept.key)):
        return content
    try:
        with on_disk(tools.store, row.key) as path:
            drawn = tools.workshop.page_image(path, row.media_type, number, BASE_WIDTH)
    except ObjectMissing:
        return None
    if drawn is None:
        return None
    stored: StoredPicture = store_picture(tools.store, kind, drawn)
    keep_rendition(tools.database, tools.store, row, stored)
    return drawn.content


def _drop_earlier(row: DigitalObject, prefix: str, tools: Tools) -> None:
    """Throw away the page as it was drawn before, with an older time or other black parts."""
    earlier = (Rendition.object_id == row.id, Rendition.kind.startswith(prefix, autoescape=True))
    with tools.database.begin() as session:
        keys = session.scalars(select(Rendition.key).where(*earlier)).all()
        session.execute(delete(Rendition).where(*earlier).execution_options(synchronize_session=False))
    for key in keys:
        tools.store.discard(key)


def _read(store: ObjectStore, key: str) -> bytes | None:
    try:
        with store.open(key) as stream:
            return stream.read()
    except ObjectMissing:
        return None


def _digest(boxes: Sequence[Box], mark: Watermark) -> str:
    said = json.dumps([[astuple(box) for box in boxes], mark.text], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()[:16]
