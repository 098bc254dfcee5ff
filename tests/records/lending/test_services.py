import json
from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.models import Grant, User
from accounts.roles import OPERATOR, Role
from accounts.services import close_account, end_role, grant_role
from audit import AuditEntry
from records.files.errors import NotTheKeepersUnit, SaidTooLittle
from records.files.models import WithdrawalReason
from records.files.services import withdraw
from records.holdings.copies import move_copy
from records.holdings.errors import CopyIsOut, NotFoundYet, OtherUnitsPlace, UnknownBarcode
from records.holdings.missing import mark_missing
from records.holdings.models import Condition, Movement, PaperCopy, PlaceKind
from records.holdings.places import add_place
from records.lending.at_desk import scan
from records.lending.errors import (
    AccountClosed,
    AlreadyRenewed,
    AlreadyReturned,
    BorrowerSeesNot,
    BoxScanned,
    CopyMissing,
    CopyOnLoan,
    FileScanned,
    ItemScanned,
    JustLent,
    JustReturned,
    LoanTooLong,
    MayNotBorrow,
    NobodyNamed,
    OutsideBorrower,
    OverdueFirst,
    OverdueNotRenewed,
    PaperStillOut,
    PassedOn,
    PassedToYou,
    PlaceScanned,
    TooLateToRenew,
    WithSomebodyElse,
)
from records.lending.loans import holders, open_loan, overdue, visible_loan, visible_loans
from records.lending.models import Loan
from records.lending.renewing import renew, why_not_renewed
from records.lending.scanned import copy_scanned
from records.lending.services import lend, take_back
from rules.services import set_rule
from tests.cast import MONDAY, NOON, Cast, make_file
from tests.records.lending.shelf import make_box, make_copy, make_place
from web.rules import NotVisible

WEEK = timedelta(days=7)


def test_who_keeps_something_too_long_is_lent_more_for_a_stated_reason_alone(session: Session, cast: Cast) -> None:
    file, box = make_file(session, cast), make_box(session, cast, make_place(session, cast))
    late, asked, other = (make_copy(session, cast, f"P-010{number}", file=file, box=box) for number in range(3))
    desk = {"actor": cast.keeper.actor, "at": NOON, "purpose": "复核"}
    lent = lend(session, late, cast.reader, days=7, on=MONDAY, **desk)
    borne = lent.due_on + timedelta(days=7)
    lend(session, other, cast.reader, days=7, on=borne, despite="未超期限，不记", **desk)
    assert open_loan(session, other).lent_despite is None
    with pytest.raises(OverdueFirst, match="P-0100") as refused:
        lend(session, asked, cast.reader, days=7, on=borne + timedelta(days=1), **desk)
    assert refused.value.field == "despite"
    with pytest.raises(SaidTooLittle):
        lend(session, asked, cast.reader, days=7, on=borne + timedelta(days=1), despite="急", **desk)
    lend(session, asked, cast.approver, days=7, on=borne + timedelta(days=1), **desk)
    take_back(session, open_loan(session, asked), actor=cast.keeper.actor, at=NOON, on=borne + timedelta(days=1))
    made = lend(session, asked, cast.reader, days=7, on=borne + timedelta(days=1), despite="领导交办急件", **desk)
    assert made.lent_despite == "领导交办急件"
    assert why_not_renewed(session, made, borne + timedelta(days=1))
    with pytest.raises(OverdueNotRenewed, match="P-0100"):
        renew(session, made, days=7, actor=cast.keeper.actor, on=borne + timedelta(days=1))
    take_back(session, lent, actor=cast.keeper.actor, at=NOON, on=borne + timedelta(days=1))
    assert not why_not_renewed(session, made, borne + timedelta(days=1))


def lent(session: Session, copy: PaperCopy, to: User, cast: Cast, *, days: int = 7, on: date = MONDAY) -> Loan:
    return lend(session, copy, to, purpose="复核", days=days, actor=cast.keeper.actor, at=NOON, on=on)


def returned(session: Session, loan: Loan, cast: Cast, **how: object) -> None:
    take_back(session, loan, actor=cast.keeper.actor, at=NOON, on=MONDAY, **how)  # type: ignore[arg-type]


def reads_here(session: Session, user: User, cast: Cast) -> Grant:
    """Give somebody of another unit the role of a reader of the district."""
    return grant_role(session, user, Role.READER, cast.district.path, actor=OPERATOR, at=NOON)


def test_a_copy_that_is_lent_is_with_its_borrower_until_the_due_day(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    loan = lent(session, copy, cast.reader, cast)
    assert (copy.holder, copy.box, copy.place) == (cast.reader, None, None)
    assert loan.due_on == MONDAY + WEEK
    assert open_loan(session, copy) is loan


def test_a_copy_on_loan_is_not_lent_again(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    lent(session, copy, cast.reader, cast)
    with pytest.raises(CopyOnLoan, match="P-0001 is with 李读 until 2026-03-09"):
        lent(session, copy, cast.approver, cast)


def test_the_database_holds_one_open_loan_per_copy(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    loan = lent(session, copy, cast.reader, cast)
    row = {column.key: getattr(loan, column.key) for column in Loan.__table__.columns}
    again = insert(Loan).values({**row, "id": None, "borrower_id": cast.approver.id})
    with session.begin_nested(), pytest.raises(IntegrityError):
        session.execute(again)


def test_a_copy_taken_back_lies_where_it_lay_and_can_be_lent_again(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    box = copy.box
    loan = lent(session, copy, cast.reader, cast)
    assert take_back(session, loan, actor=cast.keeper.actor, at=NOON, on=MONDAY) is box
    assert (copy.holder, copy.box) == (None, box)
    assert open_loan(session, copy) is None
    assert lent(session, copy, cast.approver, cast).id != loan.id


def test_a_copy_comes_back_as_it_went_unless_something_is_noted(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    loan = lent(session, copy, cast.reader, cast)
    returned(session, loan, cast)
    assert loan.condition_on_return is Condition.GOOD
    worse = lent(session, copy, cast.reader, cast)
    returned(session, worse, cast, condition=Condition.DAMAGED, remarks="封面撕裂")
    assert (worse.condition_on_lending, worse.condition_on_return) == (Condition.GOOD, Condition.DAMAGED)
    assert (copy.condition, worse.remarks) == (Condition.DAMAGED, "封面撕裂")


def test_a_loan_ends_once(session: Session, cast: Cast) -> None:
    loan = lent(session, make_copy(session, cast), cast.reader, cast)
    returned(session, loan, cast)
    with pytest.raises(AlreadyReturned, match="P-0001 was taken back on 2026-03-02"):
        returned(session, loan, cast)
    with pytest.raises(AlreadyReturned):
        renew(session, loan, days=7, actor=cast.keeper.actor, on=MONDAY)


def test_a_loan_is_renewed_once_from_the_day_it_is_due(session: Session, cast: Cast) -> None:
    loan = lent(session, make_copy(session, cast), cast.reader, cast)
    renew(session, loan, days=7, actor=cast.keeper.actor, on=MONDAY)
    assert loan.due_on == MONDAY + 2 * WEEK
    with pytest.raises(AlreadyRenewed):
        renew(session, loan, days=7, actor=cast.keeper.actor, on=MONDAY)


def test_a_late_loan_is_not_renewed_but_on_its_last_day_it_is(session: Session, cast: Cast) -> None:
    loan = lent(session, make_copy(session, cast), cast.reader, cast)
    with pytest.raises(TooLateToRenew, match="2026-03-09"):
        renew(session, loan, days=7, actor=cast.keeper.actor, on=loan.due_on + timedelta(days=1))
    renew(session, loan, days=7, actor=cast.keeper.actor, on=loan.due_on)


@pytest.mark.parametrize("days", [-1, 0, 32])
def test_a_loan_runs_for_a_day_to_a_month(session: Session, cast: Cast, days: int) -> None:
    copy = make_copy(session, cast)
    with pytest.raises(LoanTooLong, match="1 to 31"):
        lent(session, copy, cast.reader, cast, days=days)
    assert copy.holder is None


def test_an_outside_inquirer_borrows_nothing_and_hears_article_17(session: Session, cast: Cast) -> None:
    with pytest.raises(OutsideBorrower, match="一般用于工会系统工作查阅，不予外借") as refusal:
        lent(session, make_copy(session, cast), cast.inquirer, cast)
    assert refusal.value.article == 17


@pytest.mark.parametrize("name", ["supervisor", "system_administrator", "security_administrator"])
def test_who_has_no_role_that_borrows_is_refused(session: Session, cast: Cast, name: str) -> None:
    with pytest.raises(MayNotBorrow):
        lent(session, make_copy(session, cast), getattr(cast, name), cast)


def test_people_of_every_unit_of_the_unions_may_borrow_what_they_may_read(session: Session, cast: Cast) -> None:
    reads_here(session, cast.other_keeper, cast)
    lent(session, make_copy(session, cast), cast.other_keeper, cast)


def test_a_keeper_may_take_paper_out_in_the_own_name(session: Session, cast: Cast) -> None:
    assert lent(session, make_copy(session, cast), cast.keeper, cast).borrower is cast.keeper


def test_a_closed_account_and_an_ended_role_borrow_nothing(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    end_role(session, cast.reader, cast.reader.active_grants[0], actor=OPERATOR, at=NOON)
    with pytest.raises(MayNotBorrow):
        lent(session, copy, cast.reader, cast)
    close_account(session, cast.approver, actor=OPERATOR, at=NOON)
    with pytest.raises(AccountClosed):
        lent(session, copy, cast.approver, cast)


@pytest.mark.parametrize("name", ["street_keeper", "other_keeper", "supervisor", "reader"])
def test_only_the_unit_that_keeps_a_copy_lends_it(session: Session, cast: Cast, name: str) -> None:
    copy = make_copy(session, cast)
    actor = getattr(cast, name).actor
    with pytest.raises(NotTheKeepersUnit, match="Only its own keeper lends it and takes it back"):
        lend(session, copy, cast.reader, purpose="复核", days=7, actor=actor, at=NOON, on=MONDAY)
    loan = lent(session, copy, cast.reader, cast)
    with pytest.raises(NotTheKeepersUnit):
        take_back(session, loan, actor=actor, at=NOON, on=MONDAY)
    with pytest.raises(NotTheKeepersUnit):
        renew(session, loan, days=7, actor=actor, on=MONDAY)


def test_a_copy_that_is_out_is_not_moved(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    place = make_place(session, cast, "二库")
    lent(session, copy, cast.reader, cast)
    with pytest.raises(CopyIsOut):
        move_copy(session, copy, place, actor=cast.keeper.actor, at=NOON)


def test_a_loan_is_late_from_the_day_after_it_was_due(session: Session, cast: Cast) -> None:
    loan = lent(session, make_copy(session, cast), cast.reader, cast)

    def late_on(on: date) -> bool:
        counted = session.scalars(select(Loan).where(overdue(on))).all() == [loan]
        assert counted is loan.late(on)
        return counted

    assert not late_on(loan.due_on)
    assert late_on(loan.due_on + timedelta(days=1))
    returned(session, loan, cast)
    assert not late_on(loan.due_on + timedelta(days=1))


def test_a_scan_takes_back_what_is_out_and_lends_what_is_in(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    how = {"purpose": "复核", "days": 7, "condition": None, "actor": cast.keeper.actor, "at": NOON, "on": MONDAY}
    first = scan(session, " P-0001 ", cast.reader, **how)  # type: ignore[arg-type]
    assert (first.spot, copy.holder) == (None, cast.reader)
    second = scan(session, "P-0001", None, **how)  # type: ignore[arg-type]
    assert second.loan is first.loan
    assert (second.spot, copy.holder) == (copy.box, None)
    with pytest.raises(NobodyNamed, match="P-0001 is in its place"):
        scan(session, "P-0001", None, **how)  # type: ignore[arg-type]


def test_a_scan_that_is_no_copy_is_answered_in_words(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    place = make_place(session, cast)
    box = make_box(session, cast, place)
    copy = make_copy(session, cast, file=file, box=box)
    copy.item.code, copy.item.number, copy.item.filed_on = f"{file.code}-001", 1, MONDAY
    session.flush()
    how = {"purpose": "复核", "days": 7, "condition": None, "actor": cast.keeper.actor, "at": NOON, "on": MONDAY}
    for text, refusal, said in (
        (file.code, FileScanned, "周大河"),
        (copy.item.code, ItemScanned, "P-0001"),
        (box.barcode, BoxScanned, "一库"),
        (place.barcode, PlaceScanned, "一库"),
        ("nonsense", UnknownBarcode, "nonsense"),
    ):
        with pytest.raises(refusal, match=said):
            scan(session, text, cast.reader, **how)  # type: ignore[arg-type]


def test_codes_of_units_out_of_sight_are_unknown_at_the_desk(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    how = {"purpose": "复核", "days": 7, "condition": None, "actor": cast.other_keeper.actor, "at": NOON, "on": MONDAY}
    for text in (file.code, make_copy(session, cast, file=file).barcode):
        with pytest.raises(UnknownBarcode):
            scan(session, text, cast.reader, **how)  # type: ignore[arg-type]


def test_loans_are_seen_by_the_keeping_unit_its_superiors_and_the_borrower(session: Session, cast: Cast) -> None:
    grant = reads_here(session, cast.other_keeper, cast)
    loan = lent(session, make_copy(session, cast), cast.other_keeper, cast)
    end_role(session, cast.other_keeper, grant, actor=OPERATOR, at=NOON)
    for user in (cast.keeper, cast.reader, cast.supervisor, cast.other_keeper):
        assert visible_loan(session, loan.id, user.actor) is loan
    for user in (cast.street_keeper, cast.inquirer, cast.audit_administrator):
        assert session.scalars(visible_loans(user.actor)).all() == []
        with pytest.raises(NotVisible):
            visible_loan(session, loan.id, user.actor)


def test_who_has_no_role_any_more_sees_of_their_loans_what_is_out_alone(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    back, out = (
        lent(session, each, cast.reader, cast)
        for each in (copy, make_copy(session, cast, "P-0002", file=copy.item.file, box=copy.box))
    )
    take_back(session, back, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    assert visible_loan(session, back.id, cast.reader.actor) is back
    (role,) = cast.reader.active_grants
    end_role(session, cast.reader, role, actor=OPERATOR, at=NOON)
    assert session.scalars(visible_loans(cast.reader.actor)).all() == [out]


def test_who_has_what_is_counted_within_the_scope(session: Session, cast: Cast) -> None:
    box = make_box(session, cast, make_place(session, cast))
    file = make_file(session, cast)
    copies = [make_copy(session, cast, f"P-{number:04}", file=file, box=box) for number in range(3)]
    lent(session, copies[0], cast.reader, cast, days=1)
    lent(session, copies[1], cast.reader, cast, days=9)
    lent(session, copies[2], cast.approver, cast, days=4)
    returned(session, lent(session, make_copy(session, cast, "P-9", file=file, box=box), cast.keeper, cast), cast)
    found = holders(session, cast.keeper.actor, MONDAY + WEEK)
    assert [(one.borrower.name, one.copies_count, one.late_count) for one in found] == [
        ("reader", 2, 1),
        ("approver", 1, 1),
    ]
    assert holders(session, cast.other_keeper.actor, MONDAY) == []


def test_the_chain_tells_a_loan_from_lending_to_return(session: Session, cast: Cast) -> None:
    loan = lent(session, make_copy(session, cast), cast.reader, cast)
    renew(session, loan, days=7, actor=cast.keeper.actor, on=MONDAY)
    returned(session, loan, cast)
    session.commit()
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.subject_kind == "loan").order_by(AuditEntry.number)
    ).all()
    assert [entry.action for entry in entries] == ["loan.opened", "loan.renewed", "loan.closed"]
    assert {entry.unit_path for entry in entries} == {cast.district.path}
    assert json.loads(entries[0].details)["borrower"] == "reader"
    steps = session.scalars(select(Movement).where(Movement.copy_id == loan.copy_id).order_by(Movement.id)).all()
    assert [step.reason for step in steps] == ["Registered", "Lent", "Taken back"]


def test_every_role_of_the_cast_is_allowed_or_refused_to_borrow(session: Session, cast: Cast) -> None:
    borrowers = {role for role in Role if "borrow" in role.permissions}
    assert borrowers == {Role.KEEPER, Role.VERIFIER, Role.REVIEWER, Role.CENTRE_OFFICER, Role.APPROVER, Role.READER}


def test_a_scan_meant_before_the_copy_moved_leaves_it_where_it_is(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    page_made = NOON - timedelta(seconds=5)
    how = {"purpose": "复核", "days": 7, "condition": None, "actor": cast.keeper.actor, "at": NOON, "on": MONDAY}
    scan(session, "P-0001", cast.reader, seen_at=page_made, **how)  # type: ignore[arg-type]
    with pytest.raises(JustLent, match="lent to 李读 a moment ago"):
        scan(session, "P-0001", cast.reader, seen_at=page_made, **how)  # type: ignore[arg-type]
    assert copy.holder == cast.reader
    scan(session, "P-0001", cast.reader, seen_at=NOON, **how)  # type: ignore[arg-type]
    with pytest.raises(JustReturned, match="from 李读 a moment ago"):
        scan(session, "P-0001", cast.approver, seen_at=page_made, **how)  # type: ignore[arg-type]
    assert copy.holder is None


def test_a_copy_out_with_one_person_is_not_taken_back_by_naming_another(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    how = {"purpose": "复核", "days": 7, "condition": None, "actor": cast.keeper.actor, "at": NOON, "on": MONDAY}
    scan(session, "P-0001", cast.reader, **how)  # type: ignore[arg-type]
    with pytest.raises(WithSomebodyElse, match="is with 李读"):
        scan(session, "P-0001", cast.approver, **how)  # type: ignore[arg-type]
    assert copy.holder == cast.reader


@pytest.mark.parametrize("typed", ["p-0001", " Ｐ－０００１ ", "P-0001"])
def test_a_barcode_is_the_same_however_the_scanner_types_it(session: Session, cast: Cast, typed: str) -> None:
    copy = make_copy(session, cast)
    assert copy_scanned(session, typed, cast.keeper.actor) is copy


def test_nobody_leaves_with_paper(session: Session, cast: Cast) -> None:
    loan = lent(session, make_copy(session, cast), cast.reader, cast)
    with pytest.raises(PaperStillOut, match="李读 still has 1 paper copy on loan: P-0001"):
        close_account(session, cast.reader, actor=OPERATOR, at=NOON)
    returned(session, loan, cast)
    close_account(session, cast.reader, actor=OPERATOR, at=NOON)


def test_what_is_out_of_the_borrowers_sight_is_not_lent_at_the_desk_either(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    with pytest.raises(BorrowerSeesNot, match="P-0001 is out of the sight of 钱西"):
        lent(session, copy, cast.other_keeper, cast)  # no scope of another district's keeper reaches it
    withdraw(session, copy.item.file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=MONDAY, today=MONDAY)
    session.flush()
    with pytest.raises(BorrowerSeesNot):
        lent(session, copy, cast.reader, cast)  # a withdrawn household is in sight of custodians alone
    assert lent(session, copy, cast.second_keeper, cast).borrower is cast.second_keeper


def test_a_unit_lends_for_no_longer_than_its_rule_of_that_day(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    set_rule(
        session, cast.district, "loan_days", "10", in_force_from=MONDAY + WEEK, source="东工发〔2026〕9号",
        actor=OPERATOR, at=NOON,
    )  # fmt: skip
    loan = lent(session, copy, cast.reader, cast, days=31)  # not in force yet
    with pytest.raises(LoanTooLong, match="1 to 10 days"):
        renew(session, loan, days=11, actor=cast.keeper.actor, on=MONDAY + WEEK)
    returned(session, loan, cast)
    with pytest.raises(LoanTooLong):
        lent(session, copy, cast.reader, cast, days=11, on=MONDAY + WEEK)
    assert lent(session, copy, cast.reader, cast, days=10, on=MONDAY + WEEK).lent_on == MONDAY + WEEK


def test_paper_lent_before_its_file_passed_on_comes_back_into_a_place_of_the_unit_that_keeps_it_now(
    session: Session, cast: Cast
) -> None:
    copy = make_copy(session, cast)
    loan, before = lent(session, copy, cast.reader, cast), copy.item.file.unit.name
    copy.item.file.unit = cast.other_district
    session.flush()
    desk = cast.other_keeper.actor
    own = add_place(session, cast.other_district, PlaceKind.REPOSITORY, "西区库", actor=desk)
    theirs = make_place(session, cast, "二库")
    with pytest.raises(PassedToYou, match=before):
        take_back(session, loan, actor=desk, at=NOON, on=MONDAY)
    with pytest.raises(OtherUnitsPlace):
        take_back(session, loan, actor=desk, at=NOON, on=MONDAY, to=theirs)
    with pytest.raises(PassedOn, match=cast.other_district.name):
        copy_scanned(session, copy.barcode, cast.keeper.actor)
    assert take_back(session, loan, actor=desk, at=NOON, on=MONDAY, to=own) is own
    assert copy.place is own


def test_a_missing_copy_is_found_before_it_is_put_somewhere_else(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    mark_missing(session, copy, "SG-2026-0001", actor=cast.keeper.actor, on=MONDAY)
    with pytest.raises(CopyMissing, match="SG-2026-0001"):  # whoever brings it to the desk is told where to note it
        scan(
            session, copy.barcode, None, purpose="复核", days=7, condition=None, actor=cast.keeper.actor, at=NOON,
            on=MONDAY,
        )  # fmt: skip
    with pytest.raises(NotFoundYet, match="SG-2026-0001"):
        move_copy(session, copy, make_place(session, cast, "二库"), actor=cast.keeper.actor, at=NOON)
