from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.errors import CustodyUnsigned, WrongPassword
from accounts.roles import OPERATOR, Role
from accounts.services import close_account, end_role, grant_role
from audit import AuditEntry
from classification.categories import Carrier, Category
from records.files.models import Custody, File, Item
from records.handover.cases import open_cases
from records.handover.checking import confirm_code, lost_among, note_difference
from records.handover.errors import (
    AlreadyHandingOver,
    AlreadySigned,
    HandoverEnded,
    LinesUnchecked,
    ListChanged,
    MayNotCancel,
    MayNotStart,
    NotAParty,
    NothingToHandOver,
    NotOnList,
    OnlyReceiverChecks,
    PartyGone,
    ReceiverNoKeeper,
    SamePersonTwice,
    WitnessOutside,
)
from records.handover.models import Difference, Handover, HandoverLine, HandoverState, LineKind, Part
from records.handover.services import (
    Changes,
    cancel,
    lines_of,
    progress_of,
    recheck,
    signatures_of,
    start,
    visible_handover,
    visible_handovers,
    waits_for,
)
from records.handover.sheet import found, list_digest
from records.handover.signing import sign
from records.holdings.errors import NowhereToPut, StoreFailed, WrongPlaceForDeed
from records.holdings.missing import mark_missing
from records.holdings.models import BoxCustody, ObjectText, PaperCopy
from records.holdings.printed import filed_print
from records.lending.services import take_back
from storage.objects import FolderStore, Stored
from tests.cast import MONDAY, NOON, NUMBERS, PASSWORD, Cast, make_file, make_item, make_yearly_file
from tests.printing import paper
from tests.records.handover.office import LINES, Office, Pen, begin, confirm_all
from web.rules import NotVisible


def line(session: Session, handover: Handover, code: str, kind: LineKind) -> HandoverLine:
    query = select(HandoverLine).where(
        HandoverLine.handover_id == handover.id, HandoverLine.code == code, HandoverLine.kind == kind
    )
    return session.scalars(query.execution_options(populate_existing=True)).one()


def keepers(session: Session, file: File) -> list[tuple[str, bool]]:
    rows = session.scalars(
        select(Custody).where(Custody.file_id == file.id).order_by(Custody.id).execution_options(populate_existing=True)
    )
    return [(row.keeper.name, row.until_on is None) for row in rows]


def test_the_list_is_everything_the_leaver_answers_for(session: Session, cast: Cast, office: Office) -> None:
    lines = lines_of(session, begin(session, cast))
    assert Counter(one.kind for one in lines) == {
        LineKind.FILE: 2, LineKind.BOX: 2, LineKind.COPY: 2, LineKind.LOAN: 1, LineKind.DUTY: 1,
        LineKind.TWIN: 2,
    }  # fmt: skip
    assert [one.position for one in lines] == list(range(1, LINES + 1))
    copy, loan, duty, twin = lines[4], lines[6], lines[7], lines[8]
    assert (copy.code, copy.title, copy.quantity, copy.place) == ("P-0001", "困难职工帮扶申请书", 3, "H-0001 · 一库")
    assert (loan.code, loan.holder, str(loan.dated)) == ("P-0002", "李读", "2026-03-09")
    assert (duty.code, duty.title, duty.carrier) == (office.files[1].code, "收入证明", Carrier.PAPER)
    assert (twin.code, twin.carrier, str(twin.dated)) == (office.files[0].code, Carrier.ELECTRONIC, "2026-04-14")
    assert lines[0].quantity == 1
    assert lines[0].period_letter == "D10"


def test_what_others_keep_and_other_units_have_is_not_on_the_list(session: Session, cast: Cast, office: Office) -> None:
    make_yearly_file(session, cast, Category.ACCOUNTING)
    session.flush()
    mine = session.scalars(select(Custody).order_by(Custody.id.desc()).limit(1)).one()
    mine.keeper_id = cast.second_keeper.id
    assert len(lines_of(session, begin(session, cast))) == LINES


@pytest.mark.parametrize(
    ("name", "may"), [("keeper", True), ("approver", True), ("reader", False), ("other_keeper", False)]
)
def test_the_leaver_or_an_approver_of_the_unit_begins(
    session: Session, cast: Cast, office: Office, name: str, may: bool
) -> None:
    def try_it() -> Handover:
        return start(
            session, cast.district, cast.keeper, cast.second_keeper, cast.reader, reason="调离",
            actor=getattr(cast, name).actor, at=NOON, on=MONDAY,
        )  # fmt: skip

    if may:
        assert try_it().state is HandoverState.OPEN
    else:
        with pytest.raises(MayNotStart):
            try_it()


def test_leaver_receiver_and_witness_are_three_people_who_may_sign(
    session: Session, cast: Cast, office: Office
) -> None:
    for receiver, witness, refusal in (
        (cast.keeper, cast.approver, SamePersonTwice),
        (cast.second_keeper, cast.second_keeper, SamePersonTwice),
        (cast.second_keeper, cast.keeper, SamePersonTwice),
        (cast.reader, cast.approver, ReceiverNoKeeper),
        (cast.street_keeper, cast.approver, ReceiverNoKeeper),
        (cast.second_keeper, cast.inquirer, WitnessOutside),
        (cast.second_keeper, cast.audit_administrator, WitnessOutside),
    ):
        with pytest.raises(refusal) as refused:
            start(
                session, cast.district, cast.keeper, receiver, witness, reason="调离", actor=cast.keeper.actor,
                at=NOON, on=MONDAY,
            )  # fmt: skip
        assert refused.value.article == 16
    close_account(session, cast.approver, actor=OPERATOR, at=NOON)
    with pytest.raises(PartyGone):
        begin(session, cast)
    assert begin(session, cast, witness=cast.supervisor).witness is cast.supervisor


def test_the_database_too_holds_the_three_apart(session: Session, cast: Cast, office: Office) -> None:
    handover = begin(session, cast)
    handover.witness = handover.receiver
    with pytest.raises(IntegrityError, match="three_people"):
        session.flush()


def test_a_keeper_hands_over_once_at_a_time(session: Session, cast: Cast, office: Office) -> None:
    handover = begin(session, cast)
    with pytest.raises(AlreadyHandingOver, match=handover.number):
        begin(session, cast, witness=cast.reader)
    cancel(session, handover, "日期有误", actor=cast.keeper.actor, on=MONDAY)
    assert begin(session, cast).number != handover.number


def test_who_keeps_nothing_hands_nothing_over(session: Session, cast: Cast) -> None:
    with pytest.raises(NothingToHandOver):
        begin(session, cast)


def test_a_scan_confirms_a_file_a_box_or_a_copy(session: Session, cast: Cast, office: Office) -> None:
    handover = begin(session, cast)
    receiver = cast.second_keeper.actor
    for code, kind in ((office.files[1].code, LineKind.FILE), ("H-0001", LineKind.BOX), (" P-0002 ", LineKind.COPY)):
        assert confirm_code(session, handover, code, actor=receiver, at=NOON).kind is kind
    with pytest.raises(NotOnList, match="P-9999"):
        confirm_code(session, handover, "P-9999", actor=receiver, at=NOON)
    progress = progress_of(session, handover)
    assert [(progress[kind].lines, progress[kind].unchecked) for kind in LineKind] == [
        (2, 1),
        (2, 1),
        (2, 1),
        (1, 1),
        (1, 1),
        (2, 2),
        (0, 0),
    ]


@pytest.mark.parametrize("name", ["keeper", "approver", "reader"])
def test_only_the_receiver_checks(session: Session, cast: Cast, office: Office, name: str) -> None:
    handover = begin(session, cast)
    with pytest.raises(OnlyReceiverChecks, match="赵敏"):
        confirm_code(session, handover, "P-0001", actor=getattr(cast, name).actor, at=NOON)


def test_a_difference_is_recorded_with_its_reason_until_the_thing_is_found(
    session: Session, cast: Cast, office: Office
) -> None:
    handover = begin(session, cast)
    missing = line(session, handover, "P-0001", LineKind.COPY)
    receiver = cast.second_keeper.actor
    note_difference(session, handover, missing, Difference.MISSING, "盒中未见", actor=receiver, at=NOON)
    assert progress_of(session, handover)[LineKind.COPY].different == 1
    without_reason = update(HandoverLine).where(HandoverLine.id == missing.id).values(difference_reason=None)
    with session.begin_nested(), pytest.raises(IntegrityError, match="difference_with_reason"):
        session.execute(without_reason)
    confirm_code(session, handover, "P-0001", actor=receiver, at=NOON)
    assert (missing.difference, missing.difference_reason, missing.checked) == (None, None, True)
    session.commit()
    told = session.scalars(select(AuditEntry).where(AuditEntry.action == "handover.line_confirmed")).one()
    assert "盒中未见" in told.details


def test_nobody_signs_before_every_line_is_checked(session: Session, cast: Cast, office: Office, pen: Pen) -> None:
    handover = begin(session, cast)
    confirm_code(session, handover, "P-0001", actor=cast.second_keeper.actor, at=NOON)
    with pytest.raises(LinesUnchecked, match=f"{LINES - 1} lines are not checked"):
        pen.sign(handover, cast.keeper)


def test_a_signature_needs_the_password_and_is_given_once_by_a_party(
    session: Session, cast: Cast, office: Office, pen: Pen
) -> None:
    handover = begin(session, cast)
    confirm_all(session, handover)
    with pytest.raises(WrongPassword):
        pen.sign(handover, cast.keeper, password="guessed-wrong")
    with pytest.raises(NotAParty):
        pen.sign(handover, cast.reader)
    assert pen.sign(handover, cast.keeper) is False
    with pytest.raises(AlreadySigned):
        pen.sign(handover, cast.keeper)
    assert [signature.part for signature in signatures_of(session, handover)] == [Part.LEAVER]


def test_the_receiver_says_where_the_printed_list_will_lie(
    session: Session, cast: Cast, office: Office, pen: Pen
) -> None:
    handover = begin(session, cast)
    confirm_all(session, handover)
    session.flush()

    def receive(spot: str | None) -> bool:
        seen = list_digest(handover, lines_of(session, handover))
        return sign(
            session, handover, cast.second_keeper, PASSWORD, seen_sha256=seen, spot=spot, deed=None, store=pen.store,
            workshop=pen.workshop, at=NOON, on=MONDAY,
        )  # fmt: skip

    with pytest.raises(NowhereToPut):
        receive(None)
    with pytest.raises(WrongPlaceForDeed, match=r"H-0001 holds [A-Z][a-z]+ archives \d{4}, "):
        receive("H-0001")
    assert receive(office.place.barcode) is False
    assert handover.list_spot == office.place.barcode


def test_with_the_third_signature_everything_passes_and_the_list_is_a_record(
    session: Session, cast: Cast, office: Office, pen: Pen
) -> None:
    handover = begin(session, cast)
    confirm_all(session, handover)
    pen.sign_all(handover)
    assert handover.state is HandoverState.SIGNED
    for file in office.files:
        assert keepers(session, file) == [("keeper", False), ("keeper2", True)]
    boxes = select(BoxCustody.keeper_id).where(BoxCustody.until_on.is_(None))
    assert set(session.scalars(boxes)) == {cast.second_keeper.id}

    item = handover.list_item
    assert item is not None
    assert (item.file.category, item.file.year, item.carrier) == (Category.DOCUMENTARY, 2026, Carrier.ELECTRONIC)
    assert item.code is not None
    assert "WS·2026·Y" in item.code
    [copy] = session.scalars(select(PaperCopy).where(PaperCopy.item_id == item.id)).all()
    assert (copy.box, copy.pages_count) == (office.deeds, item.pages_count)
    filed = filed_print(session, item.id)
    assert filed is not None
    assert (filed.media_type, filed.findings) == ("application/pdf", [])
    text = paper.filed(session, pen.store, item)
    for said in (
        "档案移交清册",
        handover.number,
        "王维",
        "赵敏",
        "周审",
        "P-0001",
        "相符",
        "工作调动",
        "应还2026-03-09",
    ):
        assert said in text
    assert text.count("签署于2026-03-02") == 3


def test_the_signed_list_names_households_by_code_and_masked_name(
    session: Session, cast: Cast, office: Office, pen: Pen
) -> None:
    """It lies among the daily work, where plain readers read it, also of households withdrawn since (PIPL art. 47)."""
    make_item(session, office.files[1], cast.keeper.actor, "陈平的收入证明", document_type="income_proof")
    handover = begin(session, cast)
    confirm_all(session, handover)
    pen.sign_all(handover)
    assert handover.list_item is not None
    filed = filed_print(session, handover.list_item.id)
    assert filed is not None
    with pen.store.open(filed.key) as stream:
        printed = paper.words(stream.read())
    read = session.get_one(ObjectText, filed.id).text
    for said in (printed, read):
        assert "周大河" not in said
        assert "陈平" not in said
        assert "周••" in said
    assert "陈•的收入证明" in printed
    assert all(file.code.replace(" ", "") in printed for file in office.files)
    told = session.scalars(select(HandoverLine.title)).all()
    assert not any(file.title in title for title in told for file in office.files)


def test_custody_reads_without_gap_or_overlap(session: Session, cast: Cast, office: Office, pen: Pen) -> None:
    handover = begin(session, cast)
    confirm_all(session, handover)
    pen.sign_all(handover)
    for model, column in ((Custody, Custody.file_id), (BoxCustody, BoxCustody.box_id)):
        rows = session.scalars(select(model).order_by(column, model.id).execution_options(populate_existing=True)).all()
        by_subject: dict[int, list[Custody | BoxCustody]] = {}
        for row in rows:
            by_subject.setdefault(getattr(row, column.key), []).append(row)
        for intervals in by_subject.values():
            for earlier, later in pairwise(intervals):
                assert earlier.until_on == later.from_on
            assert [row.until_on for row in intervals].count(None) == 1
            assert intervals[-1].until_on is None


def test_differences_stand_in_the_printed_list(session: Session, cast: Cast, office: Office, pen: Pen) -> None:
    handover = begin(session, cast)
    missing = line(session, handover, "P-0001", LineKind.COPY)
    note_difference(
        session, handover, missing, Difference.MISSING, "盒中未见", actor=cast.second_keeper.actor, at=NOON
    )  # fmt: skip
    confirm_all(session, handover)
    pen.sign_all(handover)
    assert handover.list_item is not None
    assert "缺失：盒中未见" in paper.filed(session, pen.store, handover.list_item)


def test_a_signature_lapses_when_the_list_changes_under_it(
    session: Session, cast: Cast, office: Office, pen: Pen
) -> None:
    handover = begin(session, cast)
    confirm_all(session, handover)
    seen = list_digest(handover, lines_of(session, handover))
    pen.sign(handover, cast.keeper)
    copy = line(session, handover, "P-0001", LineKind.COPY)
    note_difference(session, handover, copy, Difference.DAMAGED, "封面撕裂", actor=cast.second_keeper.actor, at=NOON)
    assert signatures_of(session, handover) == []
    with pytest.raises(ListChanged):
        pen.sign(handover, cast.approver, seen=seen)
    pen.sign_all(handover)


def test_what_came_and_went_meanwhile_is_marked_and_checked_before_signing(
    session: Session, cast: Cast, office: Office, pen: Pen
) -> None:
    handover = begin(session, cast)
    confirm_all(session, handover)
    pen.sign(handover, cast.keeper)
    take_back(session, office.loan, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    late = make_file(session, cast, number=NUMBERS[2], name="李远")
    session.flush()
    with pytest.raises(ListChanged), session.begin_nested():
        pen.sign(handover, cast.approver)

    changes = recheck(session, handover, actor=cast.approver.actor, at=NOON)
    assert changes == Changes(added=1, left=1, changed=3, lapsed=1)  # the copy of a file is back in its box
    assert signatures_of(session, handover) == []
    added = line(session, handover, late.code, LineKind.FILE)
    assert (added.position, added.checked) == (LINES + 1, False)
    assert added.added_at is not None
    left = line(session, handover, "P-0002", LineKind.LOAN)
    assert left.left_at is not None
    assert line(session, handover, "P-0002", LineKind.COPY).place == "H-0001 · 一库"

    with pytest.raises(LinesUnchecked, match="2 lines"):  # what came, and the copy that came back
        pen.sign(handover, cast.approver)
    for code in (late.code, "P-0002"):
        confirm_code(session, handover, code, actor=cast.second_keeper.actor, at=NOON)
    pen.sign_all(handover)
    assert keepers(session, late) == [("keeper", False), ("keeper2", True)]
    assert handover.list_item is not None
    text = paper.filed(session, pen.store, handover.list_item)
    assert "交接期间已移出" in text
    assert "交接期间增加" in text


def test_an_item_filed_meanwhile_is_no_duty_any_more(session: Session, cast: Cast, office: Office) -> None:
    handover = begin(session, cast)
    duty = session.scalars(select(Item).where(Item.title == "收入证明")).one()
    session.delete(duty)
    session.flush()
    changes = recheck(session, handover, actor=cast.keeper.actor, at=NOON)
    assert (changes.added, changes.left, changes.changed) == (0, 1, 1)  # the file has one item less


def test_what_left_and_came_back_is_checked_again(session: Session, cast: Cast, office: Office) -> None:
    handover = begin(session, cast)
    confirm_all(session, handover)
    custody = session.scalars(select(Custody).where(Custody.file_id == office.files[0].id)).one()
    custody.keeper_id = cast.second_keeper.id
    recheck(session, handover, actor=cast.keeper.actor, at=NOON)
    assert line(session, handover, office.files[0].code, LineKind.FILE).left_at is not None
    custody.keeper_id = cast.keeper.id
    recheck(session, handover, actor=cast.keeper.actor, at=NOON)
    back = line(session, handover, office.files[0].code, LineKind.FILE)
    assert (back.left_at, back.checked) == (None, False)


class _FullStore(FolderStore):
    """A folder on a full disk."""

    def put(self, stream: BinaryIO, **_: object) -> Stored:  # type: ignore[override]
        raise OSError(28, "No space left on device")


def test_nothing_passes_when_the_list_cannot_be_stored(
    session: Session, cast: Cast, office: Office, pen: Pen, tmp_path: Path
) -> None:
    handover = begin(session, cast)
    confirm_all(session, handover)
    pen.sign(handover, cast.keeper)
    pen.sign(handover, cast.second_keeper)
    session.commit()
    full = Pen(session, _FullStore(tmp_path / "full"), pen.workshop)
    with pytest.raises(StoreFailed), session.begin_nested():
        full.sign(handover, cast.approver)
    session.expire_all()
    assert handover.state is HandoverState.OPEN
    assert [signature.part for signature in signatures_of(session, handover)] == [Part.LEAVER, Part.RECEIVER]
    assert keepers(session, office.files[0]) == [("keeper", True)]
    assert session.scalars(select(Item).where(Item.document_type == "transfer_list")).all() == []
    assert pen.sign(handover, cast.approver) is True


def test_a_handover_waits_for_each_party_until_it_has_signed(
    session: Session, cast: Cast, office: Office, pen: Pen
) -> None:
    handover = begin(session, cast)
    confirm_all(session, handover)

    def waiting() -> list[str]:
        parties = (cast.keeper, cast.second_keeper, cast.approver, cast.reader)
        found = {user.name: session.scalars(select(Handover).where(waits_for(user.actor))).all() for user in parties}
        return [name for name, waits in found.items() if waits == [handover]]

    assert waiting() == ["keeper", "keeper2", "approver"]
    pen.sign(handover, cast.keeper)
    session.flush()
    assert waiting() == ["keeper2", "approver"]
    pen.sign(handover, cast.second_keeper)
    pen.sign(handover, cast.approver)
    assert waiting() == []


def test_an_account_with_unsigned_custody_is_not_closed_nor_its_role_ended(
    session: Session, cast: Cast, office: Office, pen: Pen
) -> None:
    with pytest.raises(CustodyUnsigned, match="2 files, 2 boxes and 1 open loans, in 东区总工会") as refusal:
        close_account(session, cast.keeper, actor=OPERATOR, at=NOON)
    assert refusal.value.article == 16
    with pytest.raises(CustodyUnsigned):
        end_role(session, cast.keeper, cast.keeper.active_grants[0], actor=OPERATOR, at=NOON)
    handover = begin(session, cast)
    confirm_all(session, handover)
    pen.sign(handover, cast.keeper)
    with pytest.raises(CustodyUnsigned):
        close_account(session, cast.keeper, actor=OPERATOR, at=NOON)
    pen.sign(handover, cast.second_keeper)
    pen.sign(handover, cast.approver)
    close_account(session, cast.keeper, actor=OPERATOR, at=NOON)
    with pytest.raises(CustodyUnsigned):
        close_account(session, cast.second_keeper, actor=OPERATOR, at=NOON)


def test_a_receiver_who_lost_the_role_meanwhile_does_not_receive(
    session: Session, cast: Cast, office: Office, pen: Pen
) -> None:
    handover = begin(session, cast)
    confirm_all(session, handover)
    pen.sign(handover, cast.keeper)
    end_role(session, cast.second_keeper, cast.second_keeper.active_grants[0], actor=OPERATOR, at=NOON)
    with pytest.raises(ReceiverNoKeeper):
        pen.sign(handover, cast.approver)
    grant_role(session, cast.second_keeper, Role.KEEPER, cast.district.path, actor=OPERATOR, at=NOON)
    assert pen.sign(handover, cast.approver) is False


def test_a_handover_that_has_ended_is_not_changed(session: Session, cast: Cast, office: Office, pen: Pen) -> None:
    handover = begin(session, cast)
    with pytest.raises(MayNotCancel):
        cancel(session, handover, "不想要", actor=cast.reader.actor, on=MONDAY)
    cancel(session, handover, "日期有误", actor=cast.approver.actor, on=MONDAY)
    for attempt in (
        lambda: confirm_all(session, handover),
        lambda: recheck(session, handover, actor=cast.keeper.actor, at=NOON),
        lambda: pen.sign(handover, cast.keeper),
        lambda: cancel(session, handover, "再次", actor=cast.keeper.actor, on=MONDAY),
    ):
        with pytest.raises(HandoverEnded, match=handover.number):
            attempt()
    assert keepers(session, office.files[0]) == [("keeper", True)]


def test_a_handover_is_seen_by_custodians_of_its_unit_above_it_and_by_its_parties(
    session: Session, cast: Cast, office: Office
) -> None:
    handover = begin(session, cast, witness=cast.reader)
    for user in (cast.keeper, cast.approver, cast.supervisor, cast.reader):
        assert visible_handover(session, handover.id, user.actor) is handover
    for user in (cast.other_keeper, cast.street_keeper, cast.inquirer, cast.security_administrator):
        assert session.scalars(visible_handovers(user.actor)).all() == []
        with pytest.raises(NotVisible):
            visible_handover(session, handover.id, user.actor)


def test_the_chain_tells_who_signed_which_list(session: Session, cast: Cast, office: Office, pen: Pen) -> None:
    handover = begin(session, cast)
    confirm_all(session, handover)
    pen.sign_all(handover)
    session.commit()
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.subject_kind == "handover").order_by(AuditEntry.number)
    ).all()
    assert [(entry.actor, entry.action) for entry in entries] == [
        ("keeper", "handover.started"),
        ("keeper2", "handover.lines_confirmed"),
        ("keeper", "handover.signed"),
        ("keeper2", "handover.signed"),
        ("approver", "handover.signed"),
        ("approver", "handover.completed"),
    ]
    digests = {signature.list_sha256 for signature in signatures_of(session, handover)}
    [digest] = digests
    assert all(digest in entry.details for entry in entries[2:])


def test_two_thousand_lines_pass_in_one_go(session: Session, cast: Cast, office: Office, pen: Pen) -> None:
    """The files are copied in the database, which takes less time than opening each."""
    pattern = {column.key: getattr(office.files[0], column.key) for column in File.__table__.columns}
    rows = [
        {**pattern, "id": 10_000 + number, "code": f"C038-KU·2026·D30-{number:04}", "household_id": None,
         "category": Category.ACCOUNTING, "retention_class": "enterprise.bookkeeping_vouchers"}
        for number in range(2_000)
    ]  # fmt: skip
    session.execute(insert(File), rows)
    session.execute(
        insert(Custody),
        [{"file_id": row["id"], "keeper_id": cast.keeper.id, "from_on": MONDAY} for row in rows],
    )
    handover = begin(session, cast)
    assert confirm_all(session, handover) == 2_000 + LINES
    pen.sign_all(handover)
    passed = select(func.count()).where(Custody.keeper_id == cast.second_keeper.id, Custody.until_on.is_(None))
    assert session.scalar(passed) >= 2_000
    assert (
        session.scalar(select(func.count()).where(Custody.keeper_id == cast.keeper.id, Custody.until_on.is_(None))) == 0
    )


def test_what_is_on_record_as_lost_is_listed_so_and_not_confirmed_unseen(
    session: Session, cast: Cast, office: Office
) -> None:
    handover = begin(session, cast)
    confirm_all(session, handover)
    mark_missing(session, office.filed, "SG-2026-0001", actor=cast.keeper.actor, on=MONDAY)
    assert recheck(session, handover, actor=cast.keeper.actor, at=NOON).changed == 2  # and the count of its box
    lost = line(session, handover, "P-0001", LineKind.COPY)
    assert (lost.confirmed_at, found(lost, "zh")) == (None, "报失（SG-2026-0001） 未核对")
    assert (confirm_all(session, handover), lost_among(session, handover)) == (0, ["P-0001"])
    receiver = cast.second_keeper.actor
    note_difference(session, handover, lost, Difference.MISSING, "移交前已报失", actor=receiver, at=NOON)
    assert found(lost, "zh") == "报失（SG-2026-0001） 缺失：移交前已报失"
    assert open_cases(session, handover, [lost], actor=receiver, on=MONDAY) == []  # it is settled with its incident
    assert confirm_code(session, handover, "P-0001", actor=receiver, at=NOON) is lost
    assert found(lost, "zh") == "已找到，原报失（SG-2026-0001）"


def test_what_changed_since_it_was_confirmed_is_checked_again(session: Session, cast: Cast, office: Office) -> None:
    handover = begin(session, cast)
    confirm_all(session, handover)
    take_back(session, office.loan, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    recheck(session, handover, actor=cast.keeper.actor, at=NOON)
    assert line(session, handover, "P-0002", LineKind.COPY).confirmed_at is None
    assert line(session, handover, "P-0001", LineKind.COPY).confirmed_at is not None
