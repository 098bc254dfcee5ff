"""Builds the demonstration in two transactions, with the examination of its files between them.

Killed at any moment, it is continued where it stopped: what it will hold follows from the day on which it was begun,
which the chain knows, and each transaction is there as a whole or not at all.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from enum import Enum
from io import BytesIO
from itertools import count
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import audit
import demonstration.words  # noqa: F401 - they register themselves
from accounts.models import User
from accounts.roles import OPERATOR
from audit.models import AuditEntry
from demonstration.applying import Applications
from demonstration.cases import Cases
from demonstration.closing import add_passages
from demonstration.consultations import add_consultations
from demonstration.counting import Counting
from demonstration.disposals import Disposals
from demonstration.exchange import exchange_sheets
from demonstration.handing_over import add_handing_over
from demonstration.household_files import household_files
from demonstration.living import LivingFiles
from demonstration.local_rules import set_rules
from demonstration.material import FIRST_DAY, Draft, Piece, office_hour
from demonstration.requests import add_requests
from demonstration.shelves import REPOSITORIES, Shelves
from demonstration.supervision import add_supervision
from demonstration.tree import found_tree, keeper_name, open_accounts
from demonstration.yearly_files import yearly_files
from records.files.models import File, Item
from records.files.services import collect, open_household_file, open_yearly_file, withdraw
from records.holdings.copies import register_copy
from records.holdings.filing import file_item
from records.holdings.intake import Arrived, attach, receive_bytes
from records.holdings.work import prepare_some
from storage.database import Database
from storage.media import Workshop
from storage.objects import ObjectStore
from units.models import Unit

SEED = "anjuan"
SUBJECT, BEGUN, FINISHED = "demonstration", "demonstration.begun", "demonstration.finished"
LARGEST_BYTES = 64 * 1024**2
HANDS = 4  # drawing waits for the disk now and then
AT_ONCE = 64

Say = Callable[[str], None]


class Stage(Enum):
    """How far the demonstration has been built."""

    NOTHING = "nothing"
    GATHERED = "gathered"
    FINISHED = "finished"


class NotEmpty(Exception):
    """The installation holds units that are no demonstration; nothing was changed."""


@dataclass(frozen=True)
class Plan:
    """Everything the demonstration will hold, in the order in which it is opened; the same for the same day."""

    today: date
    drafts: Sequence[Draft]

    @classmethod
    def of(cls, today: date) -> "Plan":
        drafts = [*yearly_files(SEED, today), *household_files(SEED, today)]
        return cls(today, sorted(drafts, key=lambda draft: (draft.opened_on, draft.unit, draft.title)))

    def pieces(self) -> Iterator[Piece]:
        """The items of all files, in their order."""
        for draft in self.drafts:
            yield from draft.pieces


def build(
    database: Database, store: ObjectStore, workshop: Workshop, *, today: date, time_zone: ZoneInfo, say: Say
) -> bool:
    """Build what is missing of the demonstration, as of `today` or the day on which it was begun.

    False if it was finished before. Raises NotEmpty where the installation is somebody's own.
    """
    with database.reading() as session:
        stage, begun_on = stage_of(session)
    if stage is Stage.FINISHED:
        return False
    plan = Plan.of(begun_on or today)
    if stage is Stage.NOTHING:
        say("Drawing pages, photographs, sound and film")
        arrived = _receive_all(plan, store)
        say("Opening files, registering paper")
        with database.begin() as session:
            _gather(session, plan, arrived, time_zone)
    say("Examining what was stored")
    while prepare_some(database, store, workshop, limit=AT_ONCE):
        pass
    say("Filing, lending, handing over")
    with database.begin() as session:
        _arrange(session, plan)
        living = LivingFiles(session, store, workshop, plan.today, time_zone)
        living.add_past()
        add_supervision(session, store, workshop, plan.today, time_zone)
        Cases(session, store, workshop, plan.today, time_zone).add()
        add_handing_over(session, plan.today, time_zone)
        living.add_present()
        Applications(session, store, plan.today, time_zone).add()
        add_passages(session, store, workshop, plan.today, time_zone)
        Disposals(session, store, workshop, plan.today, time_zone).add()
        add_requests(session, plan.today, time_zone)
        Counting(session, store, workshop, plan.today, time_zone).add()
        exchange_sheets(session, store, today=plan.today, time_zone=time_zone)
        add_consultations(session, store, workshop, plan.today, time_zone)
        living.close_clean_ups()
        audit.record(session, OPERATOR.name, FINISHED, SUBJECT, unit="")
    while prepare_some(database, store, workshop, limit=AT_ONCE):
        pass  # what the lodged application brought; the worker would do it too
    return True


def stage_of(session: Session) -> tuple[Stage, date | None]:
    """How far the demonstration of this installation is, and the day it was begun as of; raises NotEmpty."""
    entries = session.scalars(select(AuditEntry).where(AuditEntry.subject_kind == SUBJECT))
    marks = {entry.action: entry.details for entry in entries}
    if BEGUN not in marks:
        if session.scalar(select(func.count()).select_from(Unit)):
            raise NotEmpty
        return Stage.NOTHING, None
    begun_on = date.fromisoformat(json.loads(marks[BEGUN])["today"])
    return Stage.FINISHED if FINISHED in marks else Stage.GATHERED, begun_on


def _receive_all(plan: Plan, store: ObjectStore) -> dict[int, Arrived]:
    """Make all bytes and store them; by the number of the piece."""

    def receive(numbered: tuple[int, Piece]) -> tuple[int, Arrived]:
        number, piece = numbered
        assert piece.make is not None  # noqa: S101 - chosen so below
        return number, receive_bytes(store, BytesIO(piece.make()), piece.name, limit_bytes=LARGEST_BYTES)

    made = [(number, piece) for number, piece in enumerate(plan.pieces()) if piece.make]
    with ThreadPoolExecutor(HANDS) as pool:
        return dict(pool.map(receive, made))


def _gather(session: Session, plan: Plan, arrived: dict[int, Arrived], time_zone: ZoneInfo) -> None:
    """The tree, the people, the shelves; every file opened, every item collected, its paper registered."""
    audit.record(session, OPERATOR.name, BEGUN, SUBJECT, unit="", today=plan.today)
    units = found_tree(session)
    people = open_accounts(session, units, at=office_hour(FIRST_DAY, time_zone, 8))
    set_rules(session, units, people, today=plan.today, time_zone=time_zone)
    shelves = Shelves(session)
    for key in REPOSITORIES:
        shelves.set_up(key, units[key], people[keeper_name(key, FIRST_DAY, plan.today)])
    numbers = count()
    for draft in plan.drafts:
        keeper = people[keeper_name(draft.unit, draft.opened_on, plan.today)]
        file = _open(session, draft, units[draft.unit], keeper)
        for piece in draft.pieces:
            keeper = people[keeper_name(draft.unit, piece.on, plan.today)]
            at = office_hour(piece.on, time_zone)
            item = collect(session, file, piece.description, actor=keeper.actor, at=at, on=piece.on)
            session.flush()
            number = next(numbers)
            if number in arrived:
                attach(session, item, arrived[number], actor=keeper.actor, at=at)
            if piece.paper_pages:
                spot = shelves.spot_for(item, keeper, at=at, on=piece.on)
                register_copy(
                    session, item, spot, pages_count=piece.paper_pages, actor=keeper.actor, at=at, on=piece.on
                )


def _open(session: Session, draft: Draft, unit: Unit, keeper: User) -> File:
    if draft.household:
        return open_household_file(
            session, unit, draft.household, keeper=keeper, actor=keeper.actor, on=draft.opened_on
        )
    return open_yearly_file(
        session,
        unit,
        draft.category,
        draft.year,
        draft.title,
        keeper=keeper,
        actor=keeper.actor,
        on=draft.opened_on,
        retention_key=draft.retention_key,
        sub_code=draft.sub_code,
    )


def _arrange(session: Session, plan: Plan) -> None:
    """File what is to be filed, withdraw what is to be withdrawn; rows were made in the order of the plan."""
    people = {user.name: user for user in session.scalars(select(User))}
    files = session.scalars(select(File).order_by(File.id)).all()
    for draft, file in zip(plan.drafts, files, strict=True):
        items = session.scalars(select(Item).where(Item.file_id == file.id).order_by(Item.id)).all()
        for piece, item in zip(draft.pieces, items, strict=True):
            if piece.files:
                keeper = people[keeper_name(draft.unit, piece.on, plan.today)]
                file_item(session, item, actor=keeper.actor, on=piece.on)
        if draft.withdrawn:
            reason, on = draft.withdrawn
            keeper = people[keeper_name(draft.unit, on, plan.today)]
            withdraw(session, file, reason, actor=keeper.actor, on=on, today=on)
