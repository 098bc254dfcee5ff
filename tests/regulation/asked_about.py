"""What is asked about one household in the course of its life: from outside, for its paper, at a stocktake."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from io import BytesIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.consultation.at_counter import note_given_back, note_read_at_counter
from records.consultation.certificates import draft_certificate, give_certificate, revoke_certificate
from records.consultation.letters import receive_letter
from records.consultation.models import Consultation, Inquirer, Redaction, Way
from records.consultation.registration import InquirerEntry, confirm, register, registration_digest
from records.consultation.requests import (
    Request,
    accept_undertaking,
    close,
    decide,
    file_request,
    narrow,
    note_effect,
    scope_digest,
    scope_of,
)
from records.files.models import File, Item
from records.holdings.filing import file_item
from records.holdings.models import Box, DigitalObject, PaperCopy, Place, Rendition
from records.holdings.printed import Filing
from records.lending.approving import decide as decide_request
from records.lending.requests import ask, cancel
from records.stocktake.models import Outcome, StocktakeLine
from records.stocktake.services import cancel as cancel_stocktake
from records.stocktake.services import end_counting, start
from records.stocktake.settling import Settling, settle
from storage.media import Workshop
from storage.objects import FolderStore
from storage.sealing import vault_of
from tests.cast import NUMBERS, PASSWORD
from tests.records.consultation.office import ENTRY
from tests.records.holdings.makers import pdf
from tests.records.workflow.office import AFTER, Desk, at


@dataclass(frozen=True)
class Household:
    """Whose file it is, and a sentence that tells it all."""

    name: str
    child: str
    phone: str
    told: str


@dataclass(frozen=True)
class Rooms:
    """Where it is asked: the session, the people, and what prints and stores."""

    session: Session
    desk: Desk
    store: FolderStore
    workshop: Workshop

    @property
    def moment(self) -> datetime:
        return at(AFTER)


def ask_about(rooms: Rooms, file: File, whose: Household) -> None:
    """Every question that an archive is asked, each with the household's name in its texts."""
    session, desk = rooms.session, rooms.desk
    copies = select(PaperCopy).join(PaperCopy.item).where(Item.file_id == file.id).order_by(PaperCopy.id)
    copy = session.scalars(copies.limit(1)).one()
    file_item(session, copy.item, actor=desk.keeper.actor, on=AFTER)
    clerk = _inquirer(rooms, replace(ENTRY, phone="13900004518"), None)
    _read(rooms, _asked(rooms, clerk, whose, NUMBERS[0], whose.told), copy.item, whose)
    _asked(rooms, clerk, whose, None, whose.told)
    himself = _inquirer(rooms, InquirerEntry(whose.name, NUMBERS[0], whose.phone), "who.comes")
    own = Request(Way.COUNTER, whose.told, whose.told, own_file=True)
    mine = file_request(session, himself, own, None, actor=desk.keeper.actor, at=rooms.moment, on=AFTER)
    _read(rooms, mine, copy.item, whose)
    waits = InquirerEntry(whose.child, NUMBERS[1], whose.phone)
    register(session, desk.workplace, waits, actor=None, at=rooms.moment, on=AFTER)
    _draw(rooms, file, whose.told)
    _ask_for_paper(rooms, file, copy, whose.told)
    _count(rooms, copy, whose.told)


def _inquirer(rooms: Rooms, entry: InquirerEntry, account: str | None) -> Inquirer:
    session, desk = rooms.session, rooms.desk
    made = register(session, desk.workplace, entry, actor=None, at=rooms.moment, on=AFTER)
    confirm(
        session,
        made,
        account=account,
        password=PASSWORD,
        seen_sha256=registration_digest(made),
        actor=desk.keeper.actor,
        at=rooms.moment,
    )
    return made


def _asked(rooms: Rooms, clerk: Inquirer, whose: Household, number: str | None, told: str) -> Consultation:
    """A request of a body, with a letter that names the household; by name alone where there is no number."""
    session = rooms.session
    letter = receive_letter(rooms.store, vault_of(session), pdf(told))
    request = Request(Way.COUNTER, told, told, whose.name, number, letter_number=told)
    return file_request(
        session, clerk, request, letter, actor=rooms.desk.keeper.actor, at=rooms.moment, on=AFTER
    )  # fmt: skip


def _read(rooms: Rooms, one: Consultation, item: Item, whose: Household) -> None:
    """Narrowed, approved, read at the counter, closed with its effect, and certified."""
    session, desk, moment, told = rooms.session, rooms.desk, rooms.moment, whose.told
    keeper, leader = desk.keeper.actor, desk.leader.actor
    narrow(session, one, {item.id: None}, told, identity_seen=True, actor=keeper, at=moment, on=AFTER)
    decide(
        session, one, told, until=moment + timedelta(days=1), seen_sha256=scope_digest(session, one), actor=leader,
        at=moment, on=AFTER,
    )  # fmt: skip
    accept_undertaking(session, one, one.inquirer.name, language="zh", actor=keeper, at=moment)
    [line] = scope_of(session, one)
    note_read_at_counter(session, one, line, actor=keeper, at=moment)
    note_given_back(session, one, line, actor=keeper, at=moment, on=AFTER)
    filing = Filing(desk.keeper, rooms.store, rooms.workshop, moment, AFTER)
    draft = draft_certificate(
        session, one, told, valid_until=None, address=lambda number, code: f"/{number}/{code}", filing=filing
    )
    given = give_certificate(session, one, draft, filing=filing)
    revoke_certificate(session, given, told, actor=keeper, on=AFTER)
    close(session, one, told, actor=keeper, at=moment)
    note_effect(session, one, told, actor=keeper, at=moment, on=AFTER)


def _draw(rooms: Rooms, file: File, told: str) -> None:
    """A page as it was drawn for one reader, and a part of it blacked out."""
    session = rooms.session
    scan = session.scalars(select(DigitalObject).where(DigitalObject.file_id == file.id).limit(1)).one()
    key = rooms.store.put(BytesIO(told.encode()), prefix="pictures").key
    session.add(Rendition(object_id=scan.id, kind="reading-1-1-0-x", key=key, media_type="image/jpeg"))
    session.add(
        Redaction(
            object_id=scan.id, page=1, left_permille=0, top_permille=0, width_permille=9, height_permille=9,
            reason=told, marked_by=rooms.desk.keeper.name, marked_at=rooms.moment,
        )
    )  # fmt: skip


def _ask_for_paper(rooms: Rooms, file: File, copy: PaperCopy, told: str) -> None:
    """Somebody asks for the item, the file and the box, and is told why it does not come."""
    session, desk = rooms.session, rooms.desk
    asks, box = desk.second_keeper.actor, copy.box
    assert isinstance(box, Box)
    for thing in (copy.item, file, box):
        request = ask(
            session, thing, told, days=7, actor=asks, at=rooms.moment, on=AFTER, paper_reason=told,
            partial=True,
        )  # fmt: skip
        if request.needs:
            decide_request(
                session, request, approved=False, reason=told, actor=desk.leader.actor, at=rooms.moment, on=AFTER
            )  # fmt: skip
        else:
            cancel(session, request, reason=told, actor=desk.keeper.actor, at=rooms.moment, on=AFTER)


def _count(rooms: Rooms, copy: PaperCopy, told: str) -> None:
    """Copy and box are missed, which is explained with the household's name; another count is given up with it."""
    session, desk = rooms.session, rooms.desk
    keeper = desk.keeper.actor
    place = session.scalars(select(Place).where(Place.unit_id == desk.workplace.id, Place.name == "档案室")).one()
    count = start(session, place, desk.keeper, desk.leader, actor=keeper, at=rooms.moment, on=AFTER)
    end_counting(session, count, actor=keeper, at=rooms.moment)
    for line in session.scalars(select(StocktakeLine).where(StocktakeLine.stocktake_id == count.id)).all():
        settle(session, line, Outcome.EXPLAINED, told, Settling(count, keeper, rooms.moment, AFTER))
    cancel_stocktake(session, count, told, actor=keeper, on=AFTER)
