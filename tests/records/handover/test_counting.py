"""How much of a list is counted, what is found otherwise, and what becomes of it (art. 16)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.roles import OPERATOR
from accounts.services import close_account, end_role
from audit import AuditEntry
from records.files.errors import SaidTooLittle
from records.files.models import Custody, WithdrawalReason
from records.files.services import withdraw
from records.files.stubs import reduce_file
from records.handover.cases import (
    is_late,
    may_state,
    note_found,
    open_cases,
    pass_on,
    report_case,
    reportable,
    settle,
    state_what_is_known,
    statements_on,
    still_missing,
    visible_case,
    visible_cases,
)
from records.handover.checking import confirm, confirm_code, count_all, note_difference, note_extra, refuse
from records.handover.counting import sample_of, sample_size
from records.handover.custody import entries
from records.handover.errors import (
    CaseClosed,
    CasesOpen,
    DeedOutdated,
    DueBeforeToday,
    LeaverDoesNotClose,
    NoIncident,
    NoPartInCase,
    NothingAccepted,
    NotOfCase,
    NotOnLoan,
    NotYourCase,
    OnLoanNotMissing,
    OnlyWhatIsKept,
    OwnerOutside,
    RefusedStillKept,
    RefusedWithFile,
    StillNotFound,
)
from records.handover.models import (
    CaseKind,
    Difference,
    Handover,
    HandoverCase,
    HandoverLine,
    HandoverState,
    LineKind,
)
from records.handover.seen import here_after_all, seen_since
from records.handover.services import UNCHECKED, lines_of, recheck
from records.handover.sheet import found, list_digest
from records.handover.signing import deed_of, sign
from records.holdings.models import Condition, PaperCopy, Place
from records.lending.errors import CopyMissing
from records.lending.services import lend, take_back
from records.stocktake.counting import Arrived, count_scans
from records.stocktake.services import start
from records.supervision.incidents import note_found_by_keeper
from records.supervision.models import Incident
from rules.services import set_rule
from storage.database import Database
from tests.cast import MONDAY, NOON, PASSWORD, Cast
from tests.conftest import SignedIn
from tests.printing import paper
from tests.records.closing.cases import offer, take
from tests.records.handover.office import LINES, Office, Pen, begin, begin_without, confirm_all
from tests.records.handover.test_services import line
from tests.records.handover.test_views import found_cast, merged, started, text
from tests.records.handover.test_views import office as running_office  # noqa: F401 - a fixture
from tests.records.handover.test_views import sign as signed
from web.rules import NotVisible


def sample(session: Session, cast: Cast, percent: int, least: int) -> None:
    for key, value in (("handover_sample_percent", percent), ("handover_sample_least", least)):
        set_rule(
            session, cast.city, key, str(value), in_force_from=MONDAY, source="市工办〔2026〕2号", actor=OPERATOR,
            at=NOON,
        )  # fmt: skip
    session.flush()


def cases_of(session: Session, handover: Handover) -> dict[CaseKind, HandoverCase]:
    found = session.scalars(select(HandoverCase).where(HandoverCase.handover_id == handover.id)).all()
    return {case.kind: case for case in found}


@given(st.integers(0, 5_000), st.integers(1, 100), st.integers(1, 500))
def test_a_sample_is_never_smaller_than_the_rule_nor_larger_than_the_list(lines: int, share: int, least: int) -> None:
    rule = {"handover_sample_percent": {"value": str(share)}, "handover_sample_least": {"value": str(least)}}
    size = sample_size(lines, rule)
    assert size <= lines
    assert size * 100 >= lines * share or size == lines
    assert size >= min(least, lines)


@given(st.sets(st.integers(1, 10_000), max_size=60), st.integers(0, 60), st.randoms())
def test_a_seed_draws_the_same_sample_in_whatever_order(subjects: set[int], size: int, chance: object) -> None:
    listed = [(LineKind.FILE, subject) for subject in sorted(subjects)]
    drawn = sample_of(listed, size, "seed")
    chance.shuffle(listed)  # type: ignore[attr-defined]
    assert sample_of(listed, size, "seed") == drawn
    assert len(drawn) == min(size, len(listed))


def test_without_a_rule_everything_is_counted(session: Session, cast: Cast, office: Office) -> None:
    handover = begin(session, cast)
    assert (handover.sample_seed, handover.count_rule) == (None, {})
    assert all(one.counted for one in lines_of(session, handover))


def test_by_rule_a_sample_is_drawn_and_its_seed_kept(session: Session, cast: Cast, office: Office, pen: Pen) -> None:
    sample(session, cast, 30, 2)
    listed = [
        (one.kind, one.subject_id)
        for one in entries(session, cast.keeper, cast.district)
        if one.kind in (LineKind.FILE, LineKind.BOX, LineKind.COPY)
    ]
    handover = begin(session, cast)
    assert handover.sample_seed is not None
    shelf = [one for one in lines_of(session, handover) if (one.kind, one.subject_id) in set(listed)]
    counted = {(one.kind, one.subject_id) for one in shelf if one.counted}
    assert counted == sample_of(listed, 2, handover.sample_seed)
    assert all(one.counted for one in lines_of(session, handover) if one not in shelf)
    unseen = next(one for one in shelf if not one.counted)
    assert found(unseen, "zh") == "未抽中"
    assert confirm_all(session, handover) == LINES - 4
    pen.sign_all(handover)
    assert handover.state is HandoverState.SIGNED
    assert handover.list_item is not None
    printed = paper.filed(session, pen.store, handover.list_item)
    assert f"种子{handover.sample_seed}" in printed
    assert "市工办〔2026〕2号" in printed


def test_after_all_everything_may_be_counted(session: Session, cast: Cast, office: Office, pen: Pen) -> None:
    sample(session, cast, 10, 1)
    handover = begin(session, cast)
    confirm_all(session, handover)
    pen.sign(handover, cast.keeper)
    assert count_all(session, handover, actor=cast.second_keeper.actor, at=NOON) == 5
    unchecked = select(HandoverLine).where(HandoverLine.handover_id == handover.id, UNCHECKED)
    assert len(session.scalars(unchecked).all()) == 5
    session.flush()
    assert pen.session.scalars(select(Handover)).one().sample_seed is not None  # what was drawn first stays known
    assert confirm_all(session, handover) == 5
    pen.sign_all(handover)  # the first signature had lapsed


def test_checking_goes_on_where_it_was_interrupted(session: Session, cast: Cast, office: Office) -> None:
    handover = begin(session, cast)
    confirm_code(session, handover, "P-0001", actor=cast.second_keeper.actor, at=NOON)
    session.commit()
    session.expire_all()
    assert [one.code for one in lines_of(session, handover) if one.checked] == ["P-0001"]
    assert not recheck(session, handover, actor=cast.second_keeper.actor, at=NOON)


def test_differences_become_cases_that_outlive_the_handover(
    session: Session, cast: Cast, office: Office, pen: Pen
) -> None:
    set_rule(
        session, cast.district, "handover_case_days", "26", in_force_from=MONDAY, source="东工发〔2026〕7号",
        actor=OPERATOR, at=NOON,
    )  # fmt: skip
    handover = begin(session, cast)
    receiver = cast.second_keeper.actor
    for code, kind, difference, why in (
        ("P-0001", LineKind.COPY, Difference.MISSING, "盒中未见"),
        ("P-0002", LineKind.COPY, Difference.DAMAGED, "受潮"),
        ("H-0001", LineKind.BOX, Difference.MISPLACED, "在二库"),
    ):
        note_difference(
            session, handover, line(session, handover, code, kind), difference, why, actor=receiver, at=NOON
        )
    extra = note_extra(session, handover, "p-7777", "无档号的申请书", "一库地面", actor=receiver, at=NOON)
    wrong = note_extra(session, handover, "P-7778", "误登", "一库", actor=receiver, at=NOON)
    note_difference(session, handover, wrong, None, None, actor=receiver, at=NOON)
    assert (extra.code, extra.position) == ("P-7777", LINES + 1)
    confirm_all(session, handover)
    pen.sign_all(handover)
    cases = cases_of(session, handover)
    assert {kind: case.owner.name for kind, case in cases.items()} == {
        CaseKind.MISSING: "keeper", CaseKind.DAMAGED: "keeper2", CaseKind.MISPLACED: "keeper2",
        CaseKind.EXTRA: "keeper2",
    }  # fmt: skip
    assert {str(case.due_on) for case in cases.values()} == {"2026-03-30"}  # from Saturday to Monday
    damaged = session.get_one(PaperCopy, cases[CaseKind.DAMAGED].line.subject_id)
    assert damaged.condition is Condition.DAMAGED
    with pytest.raises(CasesOpen, match="1 difference of"):
        close_account(session, cast.keeper, actor=OPERATOR, at=NOON)
    note_found(session, cases[CaseKind.MISSING], "P-0001", actor=receiver, on=MONDAY)
    settle(session, cases[CaseKind.MISSING], "已在相邻盒内找到", actor=receiver, on=MONDAY)
    close_account(session, cast.keeper, actor=OPERATOR, at=NOON)
    with pytest.raises(CaseClosed):
        settle(session, cases[CaseKind.MISSING], "再次", actor=cast.second_keeper.actor, on=MONDAY)
    assert handover.list_item is not None
    assert "多出：一库地面" in paper.filed(session, pen.store, handover.list_item)


def test_what_is_on_loan_counts_as_on_loan_and_never_as_missing(session: Session, cast: Cast, office: Office) -> None:
    lend(
        session, office.filed, cast.approver, purpose="复核", days=7, actor=cast.keeper.actor, at=NOON, on=MONDAY
    )  # fmt: skip
    handover, receiver = begin(session, cast), cast.second_keeper.actor
    whole, part = (line(session, handover, file.code, LineKind.FILE) for file in office.files)
    assert (whole.holder, part.holder) == ("周审", "李读")  # all their paper is out
    for code, kind in ((office.files[0].code, LineKind.FILE), ("P-0001", LineKind.COPY), ("P-0002", LineKind.LOAN)):
        with pytest.raises(OnLoanNotMissing, match="on loan to"):
            note_difference(
                session, handover, line(session, handover, code, kind), Difference.MISSING, "未见",
                actor=receiver, at=NOON,
            )  # fmt: skip
    confirm_all(session, handover)
    assert found(line(session, handover, "P-0001", LineKind.COPY), "zh") == "在借，与登记相符"
    assert found(line(session, handover, "H-0001", LineKind.BOX), "zh") == "相符（未扫描）"
    confirm_code(session, handover, "H-0001", actor=receiver, at=NOON)
    assert found(line(session, handover, "H-0001", LineKind.BOX), "zh") == "相符"


def test_a_scan_of_what_is_on_loan_by_the_books_is_a_difference_until_the_loan_is_closed(
    session: Session, cast: Cast, office: Office, pen: Pen
) -> None:
    handover, receiver = begin(session, cast), cast.second_keeper.actor
    confirm_all(session, handover)
    here = confirm_code(session, handover, "P-0002", actor=receiver, at=NOON)
    assert (here.difference, here.confirmed_at) == (Difference.SHELVED, None)
    assert found(here, "zh") == "在架未还：登记由李读借出，清点时实物在库"
    follow = here_after_all(session, handover)
    for code, kind in (("P-0002", LineKind.LOAN), (office.files[1].code, LineKind.FILE)):
        assert found(line(session, handover, code, kind), "zh", follow) == "与清点不符：实物在架未还，见该件"
    assert found(line(session, handover, office.files[0].code, LineKind.FILE), "zh", follow) == "相符"
    confirm_code(session, handover, "P-0002", actor=receiver, at=NOON)  # once more: it is noted once
    confirm(session, handover, HandoverLine.id == here.id, actor=receiver, at=NOON)  # nor is it ticked away
    assert here.difference is Difference.SHELVED
    noted = select(AuditEntry).where(AuditEntry.action == "handover.difference_noted")
    session.commit()
    assert len(session.scalars(noted).all()) == 1
    with pytest.raises(NotOnLoan, match="P-0001 is on loan to nobody"):
        note_difference(
            session, handover, line(session, handover, "P-0001", LineKind.COPY), Difference.SHELVED, "在盒内",
            actor=receiver, at=NOON,
        )  # fmt: skip
    pen.sign_all(handover)
    [case] = cases_of(session, handover).values()
    assert (case.kind, case.owner.name) == (CaseKind.SHELVED, "keeper2")
    assert handover.list_item is not None
    printed = paper.filed(session, pen.store, handover.list_item)
    assert "在架未还" in printed
    assert "在借，与登记相符" not in printed
    assert "与借阅登记相符" not in printed


def test_what_came_back_during_a_handover_is_confirmed_by_a_scan(session: Session, cast: Cast, office: Office) -> None:
    handover, receiver = begin(session, cast), cast.second_keeper.actor
    confirm_code(session, handover, "P-0002", actor=receiver, at=NOON)
    take_back(session, office.loan, actor=receiver, at=NOON, on=MONDAY)
    here = confirm_code(session, handover, "P-0002", actor=receiver, at=NOON)
    assert (here.difference, found(here, "zh")) == (None, "相符")
    lend(session, office.filed, cast.reader, purpose="复核", days=7, actor=receiver, at=NOON, on=MONDAY)
    lent = confirm_code(session, handover, "P-0001", actor=receiver, at=NOON)  # since the list was compared
    assert lent.difference is Difference.SHELVED


def test_the_page_of_a_list_says_of_a_scan_that_the_copy_is_on_loan_by_the_books(
    running_office: Database,  # noqa: F811 - the fixture
    signed_in: SignedIn,
) -> None:
    started(signed_in("keeper"), running_office)
    receiver = signed_in("keeper2")
    page = text(receiver.post("/handovers/1/scan", data={"code": "P-0002"}, follow_redirects=True))
    assert "is here though it is on loan by the books" in page
    assert "On the shelf though on loan 登记由李读借出" in page
    receiver.post("/handovers/1/ticks", data={"all": "1"})
    for name in ("keeper", "keeper2", "approver"):
        assert signed(signed_in(name)).status_code == 303
    assert "take the paper back at the desk" in text(receiver.get("/handover-cases/1"))


def test_what_is_missing_at_a_handover_and_seen_since_in_a_stocktake_says_so(
    session: Session, cast: Cast, office: Office
) -> None:
    handover = begin(session, cast)
    missing = line(session, handover, "P-0001", LineKind.COPY)
    note_difference(
        session, handover, missing, Difference.MISSING, "未见", actor=cast.second_keeper.actor, at=NOON
    )  # fmt: skip
    assert seen_since(session, handover, [missing]) == {}
    place = session.scalars(select(Place)).first()
    assert place is not None
    stocktake = start(session, place, cast.keeper, cast.approver, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    scans = [Arrived(code, "page", n, code, NOON) for n, code in enumerate((place.barcode, "P-0001"), start=1)]
    count_scans(session, stocktake, scans, by=cast.keeper, at=NOON)
    assert seen_since(session, handover, [missing]) == {missing.id: stocktake}


def test_a_refused_file_stays_with_the_leaver_with_all_that_belongs_to_it(
    session: Session, cast: Cast, office: Office, pen: Pen
) -> None:
    handover, receiver = begin(session, cast), cast.second_keeper.actor
    file = office.files[0]
    listed = line(session, handover, file.code, LineKind.FILE)
    with pytest.raises(OnlyWhatIsKept):
        refuse(session, handover, line(session, handover, "P-0001", LineKind.COPY), "不收", actor=receiver, at=NOON)
    refuse(session, handover, listed, "材料不全", actor=receiver, at=NOON)
    assert line(session, handover, "P-0001", LineKind.COPY).refused_reason == "材料不全"
    with pytest.raises(RefusedWithFile):
        confirm_code(session, handover, "P-0001", actor=receiver, at=NOON)
    confirm_code(session, handover, file.code, actor=receiver, at=NOON)
    assert line(session, handover, "P-0001", LineKind.COPY).checked is False
    refuse(session, handover, listed, "材料不全", actor=receiver, at=NOON)
    confirm_all(session, handover)
    pen.sign_all(handover)
    open_one = session.scalars(select(Custody).where(Custody.file_id == file.id, Custody.until_on.is_(None))).one()
    assert open_one.keeper_id == cast.keeper.id
    [case] = cases_of(session, handover).values()
    assert (case.kind, case.owner.name) == (CaseKind.REFUSED, "keeper")
    with pytest.raises(RefusedStillKept):
        settle(session, case, "已补齐", actor=cast.keeper.actor, on=MONDAY)
    again = begin(session, cast)
    assert [one.code for one in lines_of(session, again) if one.kind is LineKind.FILE] == [file.code]
    confirm_all(session, again)
    pen.sign_all(again)
    settle(session, case, f"已由 {again.number} 移交", actor=cast.keeper.actor, on=MONDAY)


def test_what_is_refused_without_the_keeper_is_the_leaders(
    session: Session, cast: Cast, office: Office, pen: Pen
) -> None:
    handover = begin_without(session, cast)
    refuse(
        session, handover, line(session, handover, "H-0001", LineKind.BOX), "盒已破损", actor=cast.second_keeper.actor,
        at=NOON,
    )  # fmt: skip
    confirm_all(session, handover)
    pen.sign_all(handover)
    [case] = cases_of(session, handover).values()
    assert case.owner is cast.approver


def test_a_list_of_which_everything_is_refused_is_not_signed(
    session: Session, cast: Cast, office: Office, pen: Pen
) -> None:
    handover = begin(session, cast)
    for one in lines_of(session, handover):
        if one.kind in (LineKind.FILE, LineKind.BOX):
            refuse(session, handover, one, "不收", actor=cast.second_keeper.actor, at=NOON)
    confirm_all(session, handover)
    with pytest.raises(NothingAccepted):
        pen.sign(handover, cast.keeper)


@pytest.fixture
def missing(session: Session, cast: Cast, office: Office, pen: Pen) -> HandoverCase:
    """The case of a copy that was not found."""
    handover = begin(session, cast)
    note_difference(
        session, handover, line(session, handover, "P-0001", LineKind.COPY), Difference.MISSING, "盒中未见",
        actor=cast.second_keeper.actor, at=NOON,
    )  # fmt: skip
    confirm_all(session, handover)
    pen.sign_all(handover)
    return cases_of(session, handover)[CaseKind.MISSING]


def test_a_case_is_settled_and_passed_by_its_owner_or_the_leader(
    session: Session, cast: Cast, missing: HandoverCase
) -> None:
    for user in (cast.second_keeper, cast.supervisor):
        with pytest.raises(NotYourCase):
            pass_on(session, missing, user, missing.due_on, actor=user.actor, on=MONDAY)
    with pytest.raises(OwnerOutside):
        pass_on(session, missing, cast.inquirer, missing.due_on, actor=cast.approver.actor, on=MONDAY)
    with pytest.raises(DueBeforeToday):
        pass_on(session, missing, cast.second_keeper, MONDAY.replace(day=1), actor=cast.approver.actor, on=MONDAY)
    pass_on(session, missing, cast.second_keeper, missing.due_on, actor=cast.approver.actor, on=MONDAY)
    with pytest.raises(NotYourCase):
        settle(session, missing, "找到", actor=cast.keeper.actor, on=MONDAY)
    session.flush()
    late = select(HandoverCase.number).where(is_late(missing.due_on.replace(day=2)))
    assert session.scalars(late).all() == [missing.number]
    close_account(session, cast.keeper, actor=OPERATOR, at=NOON)


def test_who_handed_over_states_what_is_known_of_what_is_missing_and_closes_nothing_by_it(
    session: Session, cast: Cast, missing: HandoverCase
) -> None:
    pass_on(session, missing, cast.approver, missing.due_on, actor=cast.approver.actor, on=MONDAY)
    [role] = cast.keeper.active_grants
    end_role(session, cast.keeper, role, actor=OPERATOR, at=NOON)
    leaver = cast.keeper.actor
    assert visible_case(session, missing.id, leaver) is missing
    state_what_is_known(session, missing, "上次见到是在二月的评审会上", actor=leaver, at=NOON)
    with pytest.raises(SaidTooLittle):
        state_what_is_known(session, missing, "不知。", actor=leaver, at=NOON)
    with pytest.raises(NoPartInCase):
        state_what_is_known(session, missing, "本人未经手该件", actor=cast.supervisor.actor, at=NOON)
    assert missing.closed_on is None
    session.flush()
    [stated] = statements_on(session, missing)
    assert (stated.stated_by, stated.text) == (cast.keeper, "上次见到是在二月的评审会上")


def test_what_was_stated_of_a_destroyed_household_goes_and_who_stated_it_stays(
    session: Session, cast: Cast, missing: HandoverCase, office: Office
) -> None:
    (file, _other), by = office.files, cast.keeper
    state_what_is_known(session, missing, f"{file.title}家的申请去年送审未还", actor=by.actor, at=NOON)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=by.actor, on=MONDAY, today=MONDAY)
    reduce_file(session, file, "XH-2036-0001", on=MONDAY)
    session.expire_all()
    assert [(one.text, one.stated_by) for one in statements_on(session, missing)] == [("—", by)]


def test_what_is_missing_ends_found_or_as_an_incident_and_never_by_its_leaver(
    session: Session, cast: Cast, missing: HandoverCase, office: Office
) -> None:
    leaver, receiver = cast.keeper.actor, cast.second_keeper.actor
    assert office.filed.missing_case == missing.number
    with pytest.raises(CopyMissing, match=missing.number):
        lend(session, office.filed, cast.reader, purpose="核对", days=1, actor=receiver, at=NOON, on=MONDAY)
    with pytest.raises(LeaverDoesNotClose):
        settle(session, missing, "已在相邻盒内找到", actor=leaver, on=MONDAY)
    with pytest.raises(LeaverDoesNotClose):
        note_found(session, missing, "P-0001", actor=leaver, on=MONDAY)
    with pytest.raises(StillNotFound, match="P-0001"):
        settle(session, missing, "已在相邻盒内找到", actor=receiver, on=MONDAY)
    with pytest.raises(NotOfCase):
        note_found(session, missing, "P-0002", actor=receiver, on=MONDAY)
    note_found(session, missing, "p-0001", actor=receiver, on=MONDAY)
    assert office.filed.missing_since is None
    with pytest.raises(SaidTooLittle):
        settle(session, missing, "查。", actor=receiver, on=MONDAY)
    settle(session, missing, "已在相邻盒内找到", actor=receiver, on=MONDAY)


def test_what_is_missing_since_a_handover_is_found_or_reported_wherever_its_file_has_gone(
    session: Session, cast: Cast, missing: HandoverCase, office: Office
) -> None:
    file, receiver = office.filed.item.file, cast.other_keeper
    with pytest.raises(LeaverDoesNotClose):
        note_found_by_keeper(session, office.filed, actor=cast.keeper.actor, on=MONDAY)
    with session.begin_nested() as undone:
        take(session, offer(session, cast, file, giver=cast.second_keeper), receiver)
        report_case(session, missing, actor=cast.approver.actor, at=NOON, on=MONDAY)
        assert office.filed.missing_case == missing.incident_number
        undone.rollback()
    take(session, offer(session, cast, file, giver=cast.second_keeper), receiver)
    assert not note_found_by_keeper(session, office.filed, actor=receiver.actor, on=MONDAY)
    settle(session, missing, "接收单位已在库内找到", actor=cast.second_keeper.actor, on=MONDAY)


def test_with_a_missing_file_or_box_its_paper_is_missing_and_found_or_reported_with_it(
    session: Session, cast: Cast, office: Office, pen: Pen
) -> None:
    handover, receiver = begin(session, cast), cast.second_keeper.actor
    confirm_all(session, handover)
    file = line(session, handover, office.files[0].code, LineKind.FILE)
    note_difference(session, handover, file, Difference.MISSING, "全卷未见", actor=receiver, at=NOON)
    paper_line = line(session, handover, "P-0001", LineKind.COPY)
    assert (paper_line.difference, paper_line.confirmed_at) == (Difference.MISSING, None)
    assert line(session, handover, "P-0002", LineKind.COPY).difference is None  # on loan, and of another file
    note_difference(session, handover, file, None, None, actor=receiver, at=NOON)
    assert not line(session, handover, "P-0001", LineKind.COPY).checked
    box = line(session, handover, "H-0001", LineKind.BOX)
    note_difference(session, handover, box, Difference.MISSING, "盒未见", actor=receiver, at=NOON)
    note_difference(session, handover, file, Difference.MISSING, "全卷未见", actor=receiver, at=NOON)
    assert confirm_all(session, handover) == 0
    pen.sign_all(handover)
    cases = {case.line.kind: case for case in session.scalars(select(HandoverCase))}
    assert cases.keys() == {LineKind.FILE, LineKind.BOX}
    assert still_missing(session, cases[LineKind.BOX]) == ["H-0001", "P-0001"]
    assert office.filed.missing_case == cases[LineKind.BOX].number
    report_case(session, cases[LineKind.BOX], actor=cast.approver.actor, at=NOON, on=MONDAY)
    assert office.filed.missing_case == cases[LineKind.BOX].incident_number
    assert still_missing(session, cases[LineKind.BOX]) == []


def test_a_case_is_seen_by_custodians_its_owner_and_who_took_part(
    session: Session, cast: Cast, missing: HandoverCase
) -> None:
    for user in (cast.keeper, cast.approver, cast.supervisor):
        assert visible_case(session, missing.id, user.actor) is missing
    (role,) = cast.approver.active_grants
    end_role(session, cast.approver, role, actor=OPERATOR, at=NOON)
    witness = cast.approver.actor
    assert may_state(missing, witness)
    assert visible_case(session, missing.id, witness) is missing
    for user in (cast.reader, cast.other_keeper, cast.inquirer):
        assert session.scalars(visible_cases(user.actor)).all() == []
        with pytest.raises(NotVisible):
            visible_case(session, missing.id, user.actor)


def test_a_missing_copy_is_reported_as_a_loss_once(session: Session, cast: Cast, missing: HandoverCase) -> None:
    report_case(session, missing, actor=cast.approver.actor, at=NOON, on=MONDAY)
    incident = session.scalars(select(Incident)).one()
    assert missing.incident_number == incident.number
    assert "盒中未见" in incident.happened
    assert not reportable(missing)
    with pytest.raises(NoIncident):
        report_case(session, missing, actor=cast.approver.actor, at=NOON, on=MONDAY)


def test_the_last_signature_needs_the_list_printed_for_exactly_this_state(
    session: Session, cast: Cast, office: Office, pen: Pen
) -> None:
    handover = begin(session, cast)
    confirm_all(session, handover)

    def seen() -> str:
        session.flush()
        return list_digest(handover, lines_of(session, handover))

    tools = {"store": pen.store, "workshop": pen.workshop, "at": NOON}
    pen.sign(handover, cast.keeper)
    session.flush()
    assert deed_of(session, handover, cast.keeper, seen_sha256=seen(), **tools) is None  # type: ignore[arg-type]
    assert deed_of(session, handover, cast.approver, seen_sha256=seen(), **tools) is None  # type: ignore[arg-type]
    pen.sign(handover, cast.second_keeper)
    session.flush()
    assert deed_of(session, handover, cast.approver, seen_sha256="0" * 64, **tools) is None  # type: ignore[arg-type]
    with pytest.raises(DeedOutdated), session.begin_nested():
        sign(
            session, handover, cast.approver, PASSWORD, seen_sha256=seen(), spot=None, deed=None, on=MONDAY, **tools,
        )  # type: ignore[arg-type]  # fmt: skip
    assert pen.sign(handover, cast.approver)
    assert open_cases(session, handover, lines_of(session, handover), actor=cast.approver.actor, on=MONDAY) == []


def test_lines_are_refused_extras_noted_and_cases_settled_in_the_browser(
    running_office: Database,  # noqa: F811 - the fixture
    signed_in: SignedIn,
) -> None:
    keeper, receiver = signed_in("keeper"), signed_in("keeper2")
    started(keeper, running_office)
    page = receiver.get("/handovers/1?kind=file")
    assert "Everything is counted" in text(page)
    cast = found_cast(running_office)
    for now, then in ((cast.approver, cast.supervisor), (cast.supervisor, cast.approver)):
        other = {"replaced": now.id, "witness": then.name, "why": "临时有公务"}
        assert keeper.post("/handovers/1/witness", data={**other, "witness": "nobody"}).status_code == 422
        shown = keeper.post("/handovers/1/witness", data=other, follow_redirects=True)
        assert f"{now.display_name} → {then.display_name} · 临时有公务" in text(shown)
        assert keeper.post("/handovers/1/witness", data=other).status_code == 422
    refused = receiver.post("/handovers/1/lines/1/refusal", data={"refusal": "材料不全"}, follow_redirects=True)
    assert "a case comes of it" in text(refused)
    assert "Refused 材料不全" in text(receiver.get("/handovers/1?found=refused"))
    assert receiver.post("/handovers/1/lines/2/refusal", data={"refusal": ""}).status_code == 422
    extra = {"extra_code": "P-8", "extra_title": "旧表", "extra_reason": "柜顶"}
    assert "is noted" in text(receiver.post("/handovers/1/extras", data=extra, follow_redirects=True))
    assert receiver.post("/handovers/1/extras", data={**extra, "extra_title": ""}).status_code == 422
    receiver.post("/handovers/1/ticks", data={"all": "1"})
    for name in ("keeper", "keeper2", "approver"):
        signed(signed_in(name))
    assert "Differences to settle" in text(receiver.get("/handovers/1"))
    listed = text(receiver.get("/handover-cases?state=open"))
    assert "CY-2026-0001" in listed
    assert "CY-2026-0002" in listed
    assert "CY-2026-0001" not in text(receiver.get("/handover-cases?state=mine"))
    assert receiver.get("/handover-cases/2").status_code == 200
    for case, said in (("1", "该卷前年整卷送审，或未还回"), ("2", "不是本人保管时的材料")):
        shown = keeper.post(f"/handover-cases/{case}/statement", data={"statement": said}, follow_redirects=True)
        assert f"{said} 王维" in text(shown)
        assert keeper.post(f"/handover-cases/{case}/statement", data={"statement": "不知"}).status_code == 422
    late = receiver.post("/handover-cases/2/owner", data={"owner": "nobody", "due_on": "2026-04-01"})
    assert late.status_code == 422
    passed = receiver.post(
        "/handover-cases/2/owner", data={"owner": "approver", "due_on": "2026-05-01"}, follow_redirects=True
    )
    assert "周审 settles CY-2026-0002 now." in text(passed)
    leader = signed_in("approver")
    done = leader.post("/handover-cases/2/evidence", data={"evidence": "已登记入藏"}, follow_redirects=True)
    assert "CY-2026-0002 is settled." in text(done)
    assert "已登记入藏" in text(done)
    assert leader.post("/handover-cases/1/incident").status_code == 422
    export = leader.get("/handover-cases?export=xlsx")
    assert export.status_code == 200
    leader.post("/language/zh")
    assert "交接差异" in text(leader.get("/handover-cases"))
    assert "处理依据" in text(leader.get("/handover-cases/2"))


def test_a_sampled_list_says_so_on_its_page(
    running_office: Database,  # noqa: F811 - the fixture
    signed_in: SignedIn,
) -> None:
    with running_office.begin() as session:
        sample(session, merged(running_office, session, found_cast(running_office)), 20, 1)
    keeper, receiver = signed_in("keeper"), signed_in("keeper2")
    started(keeper, running_office)
    assert "6 of 10 lines are counted (20 %, by 市工办〔2026〕2号" in text(receiver.get("/handovers/1"))
    answer = receiver.post("/handovers/1/full-count", follow_redirects=True)
    assert "Everything is counted now; 4 lines more." in text(answer)
