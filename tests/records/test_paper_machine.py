"""Whatever is done with paper, in whatever order: it has one place or one holder, one keeper, and its history says so.

Desk, shelves, stocktake, handover and transfer between units act on the same few files (art. 14, 16, 17). Beside the
register the test keeps a plain memory of where each copy truly lies, for paper strays without anybody noting it, and of
who answers for what. A refusal changes nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from records.closing.models import TransferReason
from records.closing.paper import fetch_box
from records.closing.transfers import accept, propose
from records.files.models import Custody, File
from records.handover.cases import KEPT
from records.handover.checking import refuse
from records.handover.models import Handover, LineKind
from records.handover.services import cancel as give_up
from records.handover.services import lines_of, recheck
from records.handover.services import start as begin_handover
from records.holdings.away import away_of
from records.holdings.boxes import move_box
from records.holdings.copies import move_copy
from records.holdings.errors import CopyIsOut
from records.holdings.merging import contents_of, merge_boxes, merge_digest
from records.holdings.models import Box, BoxCustody, Condition, Movement, PaperCopy, Place, PlaceKind, Spot
from records.holdings.places import add_place
from records.holdings.room import boxes_out, move_shelf, plan_digest, planned
from records.lending.errors import CopyOnLoan
from records.lending.loans import open_loan
from records.lending.models import OPEN_STATES, Loan, LoanRequest, RequestState
from records.lending.renewing import renew
from records.lending.requests import ask, cancel, hand_out
from records.lending.services import lend, take_back
from records.lending.undoing import last_done, undo
from records.stocktake.counting import Arrived, count_scans
from records.stocktake.models import Finding, Outcome
from records.stocktake.services import cancel as cancel_stocktake
from records.stocktake.services import differences_of
from records.stocktake.services import start as start_stocktake
from records.stocktake.settling import Settling, settle
from storage.media import Workshop
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, NUMBERS, Cast, make_file
from tests.records.handover.office import Pen, confirm_all, make_deeds_box
from tests.records.lending.shelf import make_box, make_copy, make_place
from web.rules import RuleViolation

COPIES, BOXES = 4, 3
copies, boxes, levels, files = (
    st.integers(0, COPIES - 1),
    st.integers(0, BOXES - 1),
    st.integers(0, 1),
    st.integers(0, 1),
)
readers = st.sampled_from(["reader", "approver"])
Keepers = dict[tuple[type[File | Box], int], int]


class Paper(RuleBasedStateMachine):
    """Two levels, three boxes and four copies of two households in the district, and a place of the street.

    Level 0 has room for two boxes. Two keepers of the district hand over to each other.
    """

    def __init__(self, session: Session, cast: Cast, pen: Pen) -> None:
        super().__init__()
        self.session, self.cast, self.pen, self.actor = session, cast, pen, cast.keeper.actor
        self.undo = session.begin_nested()
        self.repository = make_place(session, cast)
        self.levels = [
            add_place(
                session, cast.district, PlaceKind.LEVEL, f"{number}层", actor=self.actor, parent=self.repository,
                capacity_boxes=None if number else 2,
            )
            for number in range(2)
        ]  # fmt: skip
        self.street = add_place(
            session, cast.street, PlaceKind.REPOSITORY, "街道库", actor=cast.street_keeper.actor
        )  # fmt: skip
        self.boxes = [make_box(session, cast, self.levels[1], f"H-{number}") for number in range(BOXES)]
        make_deeds_box(session, cast, self.levels[1])
        self.files = [
            make_file(session, cast, number=number, name=name)
            for number, name in zip(NUMBERS[:2], ("周大河", "陈平"), strict=True)
        ]
        homes = ((0, 0), (0, 0), (1, 0), (1, 1))  # the file and the box of each copy
        self.copies = [
            make_copy(session, cast, f"P-{number}", file=self.files[file], box=self.boxes[box])
            for number, (file, box) in enumerate(homes)
        ]
        session.flush()
        self.lies: list[Spot | None] = self.registered()  # None: in somebody's hands
        self.keepers: Keepers = dict(self.kept())
        self.stood: dict[int, int | None] = {}  # where boxes stood that are on loan, as they went out
        self.handover: Handover | None = None
        self.sequence, self.at = 0, NOON
        self.signings_left = 1  # a signed list is printed, which takes its time

    def teardown(self) -> None:
        self.undo.rollback()
        self.session.expire_all()

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """One deed: refused it leaves everything as it was; what it moved on record, somebody has carried there."""
        before = self.registered()
        self.at += timedelta(seconds=7)
        point = self.session.begin_nested()
        try:
            yield
            self.session.flush()
        except RuleViolation:
            point.rollback()
            self.session.expire_all()
            return
        point.commit()
        for number, now in enumerate(self.registered()):
            if now is not before[number]:
                self.lies[number] = now

    def registered(self) -> list[Spot | None]:
        """Where the register has each copy; None for what somebody has."""
        columns = select(PaperCopy.id, PaperCopy.box_id, PaperCopy.place_id)
        at = {number: (box, place) for number, box, place in self.session.execute(columns)}
        spots = {(type(spot), spot.id): spot for spot in (*self.boxes, *self.levels, self.street, self.repository)}
        return [
            spots.get((Box, at[copy.id][0] or 0)) or spots.get((Place, at[copy.id][1] or 0)) for copy in self.copies
        ]

    def kept(self) -> list[tuple[tuple[type[File | Box], int], int]]:
        """Who answers for every file and box, by the open rows of custody."""
        found: list[tuple[tuple[type[File | Box], int], int]] = []
        for of_file in self.session.scalars(select(Custody).where(Custody.until_on.is_(None))):
            found.append(((File, of_file.file_id), of_file.keeper_id))
        for of_box in self.session.scalars(select(BoxCustody).where(BoxCustody.until_on.is_(None))):
            found.append(((Box, of_box.box_id), of_box.keeper_id))
        return found

    # the desk

    @rule(number=copies, name=readers)
    def lend(self, number: int, name: str) -> None:
        copy, to = self.copies[number], getattr(self.cast, name)
        held = copy.holder_id is not None
        with self.attempt():
            try:
                lend(self.session, copy, to, purpose="复核", days=7, actor=self.actor, at=self.at, on=MONDAY)
            except CopyOnLoan:
                assert held
                raise
            assert not held

    @rule(
        kind=st.sampled_from(["copy", "file", "box", "box"]),
        number=boxes,
        name=readers,
        partial=st.booleans(),
        at_once=st.booleans(),
    )
    def ask(self, kind: str, number: int, name: str, partial: bool, at_once: bool) -> None:
        things = {"copy": self.copies[number].item, "file": self.files[number % 2], "box": self.boxes[number]}
        reader = getattr(self.cast, name)
        waiting = select(LoanRequest.id).where(
            LoanRequest.requester_id == reader.id, LoanRequest.state.in_(OPEN_STATES)
        )
        if len(self.session.scalars(waiting).all()) < 2:
            with self.attempt():
                ask(
                    self.session, things[kind], "复核", days=7, actor=reader.actor, at=self.at, on=MONDAY,
                    partial=partial,
                )  # fmt: skip
        if at_once:
            self.hand_out()

    @rule()
    def hand_out(self) -> None:
        ready = select(LoanRequest).where(LoanRequest.state == RequestState.READY).order_by(LoanRequest.id)
        for request in self.session.scalars(ready.limit(1)).all():
            with self.attempt():
                hand_out(self.session, request, actor=self.actor, at=self.at, on=MONDAY, confirmed=True)

    @rule()
    def call_off(self) -> None:
        waiting = select(LoanRequest).where(LoanRequest.state.in_(OPEN_STATES)).order_by(LoanRequest.id)
        for request in self.session.scalars(waiting.limit(1)).all():
            with self.attempt():
                cancel(self.session, request, reason=None, actor=request.requester.actor, at=self.at, on=MONDAY)

    @rule(number=copies, condition=st.sampled_from([None, *Condition]))
    def take_back(self, number: int, condition: Condition | None) -> None:
        """One copy comes back; of a file or box lent as a whole the others may stay out."""
        copy = self.copies[number]
        loan = open_loan(self.session, copy)
        assert (loan is None) is (copy.holder_id is None)
        if loan is not None:
            with self.attempt():
                take_back(self.session, loan, actor=self.desk(copy), at=self.at, on=MONDAY, condition=condition)

    @rule(number=copies)
    def renew(self, number: int) -> None:
        if loan := open_loan(self.session, self.copies[number]):
            with self.attempt():
                renew(self.session, loan, days=7, actor=self.desk(loan.copy), on=MONDAY)

    @rule()
    def undo_the_last(self) -> None:
        if loan := last_done(self.session, self.actor, self.at):
            with self.attempt():
                undo(self.session, loan, actor=self.actor, at=self.at, on=MONDAY)

    def desk(self, copy: PaperCopy):  # type: ignore[no-untyped-def]
        """Who lends for the unit that has the file of a copy now."""
        return (self.cast.keeper if copy.item.file.unit_id == self.cast.district.id else self.cast.street_keeper).actor

    # the shelves

    @rule(number=copies, box=boxes)
    def move(self, number: int, box: int) -> None:
        held = self.copies[number].holder_id is not None
        with self.attempt():
            try:
                move_copy(self.session, self.copies[number], self.boxes[box], actor=self.actor, at=self.at)
            except CopyIsOut:
                assert held
                raise
            assert not held

    @rule(number=copies, level=levels)
    def unbox(self, number: int, level: int) -> None:
        with self.attempt():
            move_copy(self.session, self.copies[number], self.levels[level], actor=self.actor, at=self.at)

    @rule(box=boxes, level=levels)
    def carry_box(self, box: int, level: int) -> None:
        with self.attempt():
            move_box(self.session, self.boxes[box], self.levels[level], actor=self.actor, at=self.at)

    @rule(level=levels)
    def carry_level(self, level: int) -> None:
        source, target = self.levels[level], self.levels[1 - level]
        with self.attempt():
            seen = plan_digest(planned(self.session, source, target, actor=self.actor))
            move_shelf(self.session, source, target, seen_sha256=seen, actor=self.actor, at=self.at)

    @rule(box=boxes, further=st.integers(1, BOXES - 1))
    def merge(self, box: int, further: int) -> None:
        one, other = self.boxes[box], self.boxes[(box + further) % BOXES]
        seen = merge_digest(one, other, contents_of(self.session, one))
        with self.attempt():
            merge_boxes(self.session, one, other, seen_sha256=seen, actor=self.actor, at=self.at, on=MONDAY)
            self.keepers.pop((Box, one.id))
            self.lies = [other if lies is one else lies for lies in self.lies]

    @rule(number=copies, box=boxes)
    def stray(self, number: int, box: int) -> None:
        """Somebody puts paper into the wrong box and tells nobody, or brings it back past the desk."""
        if self.boxes[box].place in self.levels:
            self.lies[number] = self.boxes[box]

    @rule()
    def count_and_put_right(self) -> None:
        """After a stocktake that registers everything where it lies, the register is what is on the shelves."""
        keeper = self.cast.keeper
        with self.attempt():
            stocktake = start_stocktake(
                self.session, self.repository, keeper, self.cast.approver, actor=self.actor, at=self.at, on=MONDAY
            )
            codes: list[str] = []
            for level in self.levels:
                codes += [level.barcode, *self.seen_in(level)]
                for box in self.boxes:
                    if box.place is level:
                        codes += [box.barcode, *self.seen_in(box)]
            scans = [self.scan(code) for code in codes]
            count_scans(self.session, stocktake, scans, by=keeper, at=self.at)
            count_scans(self.session, stocktake, scans, by=keeper, at=self.at)  # sent once more, as after a lost answer
            settling = Settling(stocktake, self.actor, self.at, MONDAY)
            for outcome, finding in ((Outcome.TAKEN_BACK, Finding.SHELVED), (Outcome.REGISTERED, Finding.MISPLACED)):
                for line in differences_of(self.session, stocktake):
                    if line.finding is finding and line.outcome is None:
                        settle(self.session, line, outcome, None, settling)
            cancel_stocktake(self.session, stocktake, "只为纠正", actor=self.actor, on=MONDAY)
            self.session.flush()
            for copy, lies, now in zip(self.copies, self.lies, self.registered(), strict=True):
                if lies is not None and lies.unit_id == copy.item.file.unit_id == self.cast.district.id:
                    assert now is lies

    def scan(self, code: str) -> Arrived:
        self.sequence += 1
        return Arrived(f"scan-{self.sequence}", "scanner", self.sequence, code, self.at)

    def seen_in(self, spot: Spot) -> Sequence[str]:
        return [copy.barcode for copy, lies in zip(self.copies, self.lies, strict=True) if lies is spot]

    # from keeper to keeper, and from unit to unit

    @rule(refused=st.none() | st.integers(0, 9), at_once=st.booleans())
    def hand_over(self, refused: int | None, at_once: bool) -> None:
        """Who keeps something of the district begins, and the other keeper may refuse a file or a box of it."""
        leaver, receiver = self.cast.keeper, self.cast.second_keeper
        if self.handover is None and leaver.id not in self.keepers.values():
            leaver, receiver = receiver, leaver
        if self.handover is None:
            with self.attempt():
                self.handover = begin_handover(
                    self.session, self.cast.district, leaver, receiver, self.cast.approver, reason="工作调动",
                    actor=leaver.actor, at=self.at, on=MONDAY,
                )  # fmt: skip
        if self.handover is not None and refused is not None:
            kept = [line for line in lines_of(self.session, self.handover) if line.kind in KEPT and not line.left_at]
            with self.attempt():
                line, actor = kept[refused % len(kept)], self.handover.receiver.actor
                refuse(self.session, self.handover, line, "不收", actor=actor, at=self.at)
        if at_once:
            self.end_the_handover(signed=True)

    @rule(signed=st.booleans())
    def end_the_handover(self, signed: bool) -> None:
        handover = self.handover
        if handover is None or (signed and not self.signings_left):
            return
        with self.attempt():
            if not signed:
                give_up(self.session, handover, "暂缓", actor=handover.leaver.actor, on=MONDAY)
                self.handover = None
                return
            recheck(self.session, handover, actor=handover.leaver.actor, at=self.at)
            confirm_all(self.session, handover)
            self.pen.sign_all(handover)
            self.signings_left -= 1
            self.handover = None
            for line in lines_of(self.session, handover):
                if line.kind in KEPT and line.left_at is None and line.refused_reason is None:
                    self.keepers[File if line.kind is LineKind.FILE else Box, line.subject_id] = handover.receiver_id

    @rule(number=files, fetched=st.booleans())
    def pass_to_the_other_unit(self, number: int, fetched: bool) -> None:
        file = self.files[number]
        here = file.unit_id == self.cast.district.id
        giver, taker = (self.cast.keeper, self.cast.street_keeper)[:: 1 if here else -1]
        spot = (self.street if here else self.levels[1]) if fetched else None
        with self.attempt():
            transfer = propose(
                self.session, file, self.cast.street if here else self.cast.district, TransferReason.MOVED,
                grounds="迁居", giver=giver, witness=self.cast.reader, at=self.at,
            )  # fmt: skip
            accept(self.session, transfer, keeper=taker, spot=spot, actor=taker.actor, at=self.at, on=MONDAY)
            self.keepers[File, file.id] = taker.id

    @rule(box=boxes)
    def fetch(self, box: int) -> None:
        """A unit takes over a box all of whose papers went to it."""
        one = self.boxes[box]
        here = one.unit_id == self.cast.district.id
        taker: User = self.cast.street_keeper if here else self.cast.keeper
        place: Place = self.street if here else self.levels[1]
        with self.attempt():
            fetch_box(self.session, one, place, keeper=taker, actor=taker.actor, at=self.at, on=MONDAY)
            self.keepers[Box, one.id] = taker.id

    # what holds at every moment

    @invariant()
    def each_copy_has_one_place_or_holder_and_its_path_leads_there(self) -> None:
        self.session.flush()
        steps = self.session.scalars(select(Movement).order_by(Movement.id)).all()
        at: dict[tuple[str, int], tuple[int | None, ...]] = {}
        for step in steps:
            thing = ("copy", step.copy_id) if step.copy_id else ("box", step.box_id or 0)
            came_from = (step.from_box_id, step.from_place_id, step.from_holder_id)
            assert at.get(thing, (None, None, None)) == came_from  # type: ignore[arg-type]
            at[thing] = (step.to_box_id, step.to_place_id, step.to_holder_id)  # type: ignore[index]
        out = dict(self.session.execute(select(Loan.copy_id, Loan.borrower_id).where(Loan.returned_on.is_(None))).all())
        rows = select(PaperCopy.id, PaperCopy.box_id, PaperCopy.place_id, PaperCopy.holder_id)
        for copy_id, *spots in self.session.execute(rows):
            assert len([spot for spot in spots if spot is not None]) == 1
            assert at["copy", copy_id] == tuple(spots)
            assert out.get(copy_id) == spots[2]
        for box_id, place_id, into_id in self.session.execute(select(Box.id, Box.place_id, Box.merged_into_id)):
            assert (place_id is None) is not (into_id is None)
            assert at["box", box_id] == (into_id, place_id, None)

    @invariant()
    def what_was_merged_is_empty_and_points_to_a_box_in_use(self) -> None:
        retired = self.session.scalars(select(Box).where(Box.merged_into_id.is_not(None))).all()
        ids = [box.id for box in retired]
        assert self.session.scalars(select(PaperCopy.id).where(PaperCopy.box_id.in_(ids))).all() == []
        assert all(box.in_use.place is not None for box in retired)
        back_into = select(Loan.id).where(Loan.from_box_id.in_(ids), Loan.returned_on.is_(None))
        assert self.session.scalars(back_into).all() == []

    @invariant()
    def no_box_is_both_on_loan_and_shelved(self) -> None:
        out = away_of(self.session, [box.id for box in self.boxes])
        told = boxes_out(self.session, [box.place_id for box in self.boxes if box.place_id is not None])
        for box in self.boxes:
            if box.id not in out:
                self.stood.pop(box.id, None)
                continue
            assert box.place_id == self.stood.setdefault(box.id, box.place_id)
            assert box.barcode in told[box.place_id]
            with_it = select(PaperCopy.box_id).join(Loan, Loan.copy_id == PaperCopy.id).join(Loan.request)
            gone = with_it.where(Loan.returned_on.is_(None), LoanRequest.box_id == box.id, Loan.from_box_id == box.id)
            assert set(self.session.scalars(gone)) == {None}

    @invariant()
    def every_file_and_box_has_one_keeper_as_its_history_says(self) -> None:
        now = self.kept()
        assert len(now) == len(dict(now))
        of_lists = {key: keeper for key, keeper in now if key not in self.keepers}
        assert all(kind is File for kind, _id in of_lists)  # the yearly files that hold the signed lists
        self.keepers.update(of_lists)
        assert dict(now) == self.keepers
        for model, subject in ((Custody, Custody.file_id), (BoxCustody, BoxCustody.box_id)):
            last: dict[int, object] = {}
            for subject_id, from_on, until_on in self.session.execute(
                select(subject, model.from_on, model.until_on).order_by(model.id)
            ):
                assert last.get(subject_id, from_on) == from_on
                last[subject_id] = until_on


def test_paper_has_one_place_or_holder_and_one_keeper_whatever_is_done_with_it(
    session: Session, cast: Cast, store: FolderStore, workshop: Workshop
) -> None:
    run_state_machine_as_test(
        lambda: Paper(session, cast, Pen(session, store, workshop)),
        settings=settings(
            max_examples=6,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
