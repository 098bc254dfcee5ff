"""Records that are due: households withdrawn long ago, accounting vouchers of long ago; and the way to their end."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import OPERATOR, Role
from accounts.services import grant_role, open_account
from classification.categories import Category
from classification.periods import PERMANENT
from records.disposal.appraisal import appraise, draw, name_member, submit
from records.disposal.approval import approve, bring_up_to_date
from records.disposal.batches import decided_digest, lines_of
from records.disposal.closing import sign_destroyed
from records.disposal.destruction import destroy_line, start
from records.disposal.due import DueFilter
from records.disposal.models import DisposalBatch, DisposalLine, DisposalPart, GroupRole, LineState, Verdict
from records.disposal.signing import JOINT, OPINIONS, count, name_party, sign_opinion
from records.files.models import File, Item, WithdrawalReason
from records.files.services import open_yearly_file, withdraw
from records.holdings.boxes import add_box
from records.holdings.copies import register_copy
from records.holdings.filing import file_item
from records.holdings.intake import attach, receive_bytes
from records.holdings.models import Box, PaperCopy, Place, PlaceKind
from records.holdings.places import add_place
from storage.media import Workshop
from storage.objects import ObjectStore
from tests.cast import MONDAY, NOON, PASSWORD, Cast, make_file, make_item

WITHDRAWN_ON = date(2016, 3, 1)  # its last day kept is the day before the cast's Monday
DRAWN_ON = MONDAY
APPROVED_ON = MONDAY + timedelta(days=3)
WAITING_DAYS = 30
DESTROYED_ON = APPROVED_ON + timedelta(days=WAITING_DAYS + 1)


def moment(on: date) -> datetime:
    return NOON + (on - MONDAY)


def number(sequence: int) -> str:
    """A synthetic resident number with a valid check sign, another one for every sequence."""
    body = f"50010319700101{sequence:03d}"
    total = sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(body))
    return body + "10X98765432"[total % 11]


def person(session: Session, cast: Cast, name: str, shown: str, role: Role = Role.READER) -> User:
    """Somebody else of the district."""
    user = open_account(session, name, shown, PASSWORD, cast.district.path, actor=OPERATOR, at=NOON)
    session.flush()
    grant_role(session, user, role, cast.district.path, actor=OPERATOR, at=NOON)
    session.refresh(user)
    return user


def make_withdrawn(
    session: Session, cast: Cast, *, sequence: int = 1, on: date = WITHDRAWN_ON, name: str = "周大河"
) -> File:
    """A household file of the district, withdrawn on a day."""
    file = make_file(session, cast, number=number(sequence), name=name, on=on - timedelta(days=400))
    withdraw(session, file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=on, today=on)
    return file


def make_household(
    session: Session,
    cast: Cast,
    place: Place,
    store: ObjectStore | None = None,
    *,
    sequence: int = 1,
    on: date = WITHDRAWN_ON,
    name: str = "周大河",
) -> File:
    """A withdrawn household file with one filed item, its paper on a place and, with a store, its scan."""
    file = make_file(session, cast, number=number(sequence), name=name, on=on - timedelta(days=400))
    put_in(session, cast, file, place, store, content=f"scan {sequence}".encode())
    withdraw(session, file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=on, today=on)
    return file


def put_in(
    session: Session, cast: Cast, file: File, place: Place, store: ObjectStore | None, *, content: bytes, **said: Any
) -> Item:
    """A filed item with a paper copy and, with a store, bytes of it."""
    actor = cast.keeper.actor
    item = make_item(session, file, actor, said.pop("title", "困难职工帮扶申请书"), **said)
    register_copy(session, item, place, pages_count=2, actor=actor, at=NOON, on=MONDAY)
    if store is not None:
        arrived = receive_bytes(store, BytesIO(content), "scan.txt", limit_bytes=10_000)
        attach(session, item, arrived, actor=actor, at=NOON).prepared_at = NOON
    session.flush()
    file_item(session, item, actor=actor, on=MONDAY)
    return item


def register_paper(session: Session, file: File, keeper: User) -> None:
    """Register a paper copy of every item of a lodged file, on a place of its unit."""
    room = add_place(session, file.unit, PlaceKind.REPOSITORY, "案卷室", actor=keeper.actor)
    for item in session.scalars(select(Item).where(Item.file_id == file.id)).all():
        register_copy(session, item, room, pages_count=1, actor=keeper.actor, at=NOON, on=MONDAY)


def make_statements(
    session: Session, cast: Cast, place: Place, store: ObjectStore | None = None, *, year: int = 2014
) -> Item:
    """Bank statements of a year, kept ten years after it."""
    file = open_yearly_file(
        session, cast.district, Category.ACCOUNTING, year, f"{year} 年银行对账单", keeper=cast.keeper,
        actor=cast.keeper.actor, on=MONDAY, retention_key="enterprise.bank_statements", sub_code="02",
    )  # fmt: skip
    return put_in(
        session, cast, file, place, store, content=f"statements {year}".encode(), title=f"{year} 年银行对账单",
        document_type="bank_statements", retention_class="enterprise.bank_statements", dated=f"{year}-12",
    )  # fmt: skip


def make_place(session: Session, cast: Cast) -> Place:
    return add_place(session, cast.district, PlaceKind.REPOSITORY, "一库", actor=cast.keeper.actor)


def make_deeds_box(session: Session, cast: Cast, place: Place, year: int = DESTROYED_ON.year) -> Box:
    return add_box(
        session, place, Category.DOCUMENTARY, year, PERMANENT, keeper=cast.keeper, actor=cast.keeper.actor, at=NOON,
        on=MONDAY, barcode="H-DEED",
    )  # fmt: skip


@dataclass
class Disposal:
    """The way of a batch, step by step, with everybody in their part."""

    session: Session
    cast: Cast
    witnesses: Sequence[User] = field(default_factory=list)

    def draw(self, category: Category = Category.ORIGINAL, on: date = DRAWN_ON) -> DisposalBatch:
        return draw(
            self.session, self.cast.district, DueFilter(category=category), actor=self.cast.keeper.actor,
            at=moment(on), on=on,
        )  # fmt: skip

    def name_group(self, batch: DisposalBatch) -> None:
        roles = (GroupRole.ARCHIVES, GroupRole.ACCOUNTING, GroupRole.AUDIT, GroupRole.DISCIPLINE)
        for place, role in enumerate(roles):
            name_member(self.session, batch, role, f"组员{place}", "东区总工会", actor=self.cast.keeper.actor)

    def appraise(self, batch: DisposalBatch, verdict: Verdict = Verdict.DESTROY, **more: Any) -> None:
        appraise(
            self.session, batch, None, verdict, "保管期满，无继续保存价值", actor=self.cast.keeper.actor, on=DRAWN_ON,
            **more,
        )  # fmt: skip

    def submit(self, batch: DisposalBatch) -> None:
        submit(self.session, batch, actor=self.cast.keeper.actor, at=NOON, on=DRAWN_ON)

    def approve(self, batch: DisposalBatch, on: date = APPROVED_ON) -> None:
        """Approve what the page shows, with the list brought up to date."""
        actor = self.cast.approver.actor
        bring_up_to_date(self.session, batch, actor=actor, at=moment(on), on=on)
        seen = decided_digest(lines_of(self.session, batch))
        approve(self.session, batch, seen_sha256=seen, actor=actor, at=moment(on), on=on)

    def approved(self, category: Category = Category.ORIGINAL) -> DisposalBatch:
        """A batch of everything due, approved to be destroyed."""
        batch = self.draw(category)
        self.name_group(batch)
        self.appraise(batch)
        self.submit(batch)
        self.approve(batch)
        return batch

    def count(self, batch: DisposalBatch, *users: User, part: DisposalPart = DisposalPart.WITNESS) -> None:
        for user in users:
            name_party(self.session, batch, part, user, actor=self.cast.keeper.actor)
            count(self.session, batch, user, PASSWORD, seen_sha256=batch.list_sha256 or "", at=NOON)

    def give_opinions(self, batch: DisposalBatch, *parts: DisposalPart) -> None:
        """A person of their own for each part."""
        for part in parts:
            role = Role.APPROVER if part is DisposalPart.UNIT_HEAD else Role.READER
            user = person(self.session, self.cast, f"signs.{part.replace('_', '.')}", part.label.zh, role)
            name_party(self.session, batch, part, user, actor=self.cast.keeper.actor)
            seen = batch.list_sha256 or ""
            sign_opinion(self.session, batch, user, PASSWORD, seen_sha256=seen, at=NOON, on=APPROVED_ON)

    def counted(self, category: Category = Category.ORIGINAL) -> DisposalBatch:
        """A batch of everything due, approved and counted by everybody whom its category asks for."""
        batch = self.approved(category)
        if category is Category.ACCOUNTING:
            self.give_opinions(batch, *OPINIONS)
            for part, user in zip(JOINT, self.witnesses, strict=True):
                self.count(batch, user, part=part)
        else:
            self.count(batch, *self.witnesses)
        return batch

    def start(self, batch: DisposalBatch, on: date = DESTROYED_ON) -> None:
        start(self.session, batch, actor=self.cast.keeper.actor, on=on)

    def run(self, batch: DisposalBatch, on: date = DESTROYED_ON) -> list[LineState]:
        """Go through the lines as the worker does."""
        waiting = [line for line in lines_of(self.session, batch) if line.state is LineState.PENDING]
        for line in waiting:
            destroy_line(self.session, line, at=moment(on), on=on)
        self.session.flush()
        return [line.state for line in lines_of(self.session, batch)]

    def destroyed(self, category: Category = Category.ORIGINAL) -> DisposalBatch:
        """Everything due, destroyed before the witnesses."""
        batch = self.counted(category)
        self.start(batch)
        self.run(batch)
        return batch

    def sign(
        self,
        batch: DisposalBatch,
        store: ObjectStore,
        workshop: Workshop,
        *,
        spot: str = "H-DEED",
        on: date = DESTROYED_ON,
    ) -> list[bool]:
        """Every witness signs after."""
        return [
            sign_destroyed(
                self.session, batch, user, PASSWORD, seen_sha256=batch.list_sha256 or "", spot="H-DEED", store=store,
                workshop=workshop, at=moment(on), on=on,
            )
            for user in self.witnesses
        ]  # fmt: skip


def only_line(session: Session, batch: DisposalBatch) -> DisposalLine:
    return session.scalars(select(DisposalLine).where(DisposalLine.batch_id == batch.id)).one()


def copies_of(session: Session, file: File) -> Sequence[PaperCopy]:
    return session.scalars(select(PaperCopy).join(PaperCopy.item).where(Item.file_id == file.id)).all()
