"""Files pass from unit to unit: offered, accepted or refused; everything goes along (art. 9, 11, 14)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.roles import OPERATOR, Role
from accounts.services import grant_role
from audit import AuditEntry, seal
from classification.categories import Category
from records.closing import transfers
from records.closing.errors import (
    DeterminationMissing,
    DeterminedOutOfTime,
    GiverFetches,
    GiverReceives,
    KeeperOfOtherUnit,
    OnlyActiveHouseholds,
    OnlyGiverRecalls,
    OnlyReceiverAnswers,
    OnlyReceiverWitnesses,
    OnTheWay,
    OwnerGoesOn,
    ReemployedOutOfTime,
    SameUnit,
    SeveralUnits,
    TransferEnded,
    UnknownUnit,
    WitnessIsAParty,
    WitnessOutside,
)
from records.closing.models import FileTransfer, TransferReason, TransferState
from records.closing.paper import fetch_box
from records.closing.parties import unit_named
from records.closing.transfers import (
    accept,
    awaiting_acceptance,
    carried_by,
    knows_contents,
    propose,
    recall,
    refuse,
    stranded,
    transfer_rule,
    visible_transfer,
)
from records.disposal.holds import lift_hold, place_hold
from records.disposal.models import HoldKind
from records.disposal.signing import JOINT, OPINIONS
from records.files.duties import open_duty
from records.files.errors import FileWithdrawn, NotTheKeepersUnit
from records.files.living import ReviewGround, TwinSide, WithdrawalReview
from records.files.models import File, GivenCode, WithdrawalReason
from records.files.services import visible_file, withdraw
from records.files.withdrawals import keep_after_review, visible_reviews
from records.files.yearly import YearlyEntry, describe_empty_file
from records.handover.models import LineKind
from records.handover.services import recheck, start
from records.holdings.errors import BoxMixed, OtherUnitsPlace
from records.holdings.models import Condition, PaperCopy, Place
from records.households.models import Anew
from records.lending.loans import visible_loans
from records.lending.services import take_back
from rules.services import set_rule
from search.documents import SCOPE
from search.gathering import affected, documents
from tests.cast import MONDAY, NOON, Cast, make_yearly_file
from tests.records.closing.cases import (
    REEMPLOYED,
    Case,
    begin_case,
    make_box,
    make_case,
    make_employers_keeper,
    make_household,
    make_room,
    offer,
    open_custodies,
    take,
)
from tests.records.disposal.conftest import disposal, place
from tests.records.disposal.office import DESTROYED_ON, Disposal, make_statements, put_in
from units.models import UnitKind
from units.services import found_unit
from web.rules import NotVisible

__all__ = ["disposal", "place"]  # fixtures


@pytest.fixture
def case(session: Session, cast: Cast) -> Case:
    return make_case(session, cast)


def test_until_it_is_accepted_nothing_changes(session: Session, cast: Cast, case: Case) -> None:
    offer(session, cast, case.file)
    assert case.file.unit is cast.district
    assert [custody.keeper for custody in open_custodies(session, case.file)] == [cast.keeper]
    with pytest.raises(NotVisible):
        visible_file(session, case.file.id, cast.other_keeper.actor)


def test_with_the_acceptance_unit_and_custody_pass_and_the_code_stays(session: Session, cast: Cast, case: Case) -> None:
    code = case.file.code
    codes = set(session.scalars(select(GivenCode.code)))
    take(session, offer(session, cast, case.file), cast.other_keeper)
    assert case.file.unit is cast.other_district
    assert case.file.code == code
    assert set(session.scalars(select(GivenCode.code))) == codes
    assert [custody.keeper for custody in open_custodies(session, case.file)] == [cast.other_keeper]


def test_of_a_household_that_moved_it_is_found_out_anew_whether_it_qualifies_by_other_bounds(
    session: Session, cast: Cast, case: Case
) -> None:
    set_rule(
        session, cast.district, "subsistence_line", "700", in_force_from=MONDAY, source="东民发〔2025〕1号",
        because=None, actor=OPERATOR, at=NOON,
    )  # fmt: skip
    take(session, offer(session, cast, case.file), cast.other_keeper)
    session.commit()
    [review] = session.scalars(visible_reviews(cast.other_keeper.actor)).all()
    assert (review.ground, review.ground.article) == (ReviewGround.MOVED, 3)
    assert "西区总工会低保标准尚未登记" in review.found
    keep_after_review(session, review, "按西区标准重新核实，符合建档条件", actor=cast.other_keeper.actor, on=MONDAY)
    street = offer(session, cast, case.file, cast.district, giver=cast.other_keeper, witness=cast.supervisor)
    take(session, street, cast.second_keeper)
    [review] = session.scalars(visible_reviews(cast.keeper.actor).where(WithdrawalReview.decided_on.is_(None))).all()
    assert "东区总工会低保标准 700.00 元" in review.found
    keep_after_review(session, review, "按东区标准重新核实，符合建档条件", actor=cast.keeper.actor, on=MONDAY)
    take(session, offer(session, cast, case.file, cast.street, giver=cast.second_keeper), cast.street_keeper)
    assert session.scalars(select(WithdrawalReview).where(WithdrawalReview.decided_on.is_(None))).all() == []


@pytest.mark.parametrize("reason", [TransferReason.ABOLISHED, TransferReason.ON_BEHALF])
def test_a_household_that_passes_to_other_bounds_is_determined_anew_for_whatever_reason_it_passes(
    session: Session, cast: Cast, reason: TransferReason
) -> None:
    set_rule(
        session, cast.street, "subsistence_line", "700", in_force_from=MONDAY, source="东民发〔2025〕1号",
        because=None, actor=OPERATOR, at=NOON,
    )  # fmt: skip
    file = make_household(session, cast.street, cast.street_keeper)
    begin_case(session, cast)
    take(session, offer(session, cast, file, cast.district, reason, giver=cast.street_keeper), cast.keeper)
    session.flush()
    [review] = session.scalars(select(WithdrawalReview)).all()
    assert (review.ground, "东区总工会低保标准尚未登记" in review.found) == (ReviewGround.MOVED, True)
    assert file.household is not None
    assert file.household.anew_because is Anew.MOVED


def test_a_unit_that_goes_on_gives_nothing_away_as_one_that_ends(session: Session, cast: Cast, case: Case) -> None:
    def pass_on() -> FileTransfer:
        return propose(
            session, case.file, cast.other_district, TransferReason.ABOLISHED, grounds="单位调整。", giver=cast.keeper,
            witness=cast.supervisor, at=NOON,
        )  # fmt: skip

    with pytest.raises(OwnerGoesOn, match="东区总工会 is not being closed"):
        pass_on()
    begin_case(session, cast, cast.district)
    take(session, pass_on(), cast.other_keeper)


def test_the_open_review_of_a_household_that_moved_is_about_the_place_where_it_is(
    session: Session, cast: Cast, case: Case
) -> None:
    set_rule(
        session, cast.district, "subsistence_line", "700", in_force_from=MONDAY, source="东民发〔2025〕1号",
        because=None, actor=OPERATOR, at=NOON,
    )  # fmt: skip
    take(session, offer(session, cast, case.file), cast.other_keeper)
    take(
        session,
        offer(session, cast, case.file, cast.district, giver=cast.other_keeper, witness=cast.supervisor),
        cast.second_keeper,
    )
    [review] = session.scalars(select(WithdrawalReview)).all()
    assert "东区总工会低保标准 700.00 元" in review.found
    take(session, offer(session, cast, case.file, cast.street, giver=cast.second_keeper), cast.street_keeper)
    assert "河街道总工会低保标准 700.00 元" in review.found  # of the same bounds, and nobody has found out since


def test_the_giver_loses_sight_of_the_file_and_keeps_sight_of_the_transfer(
    session: Session, cast: Cast, case: Case
) -> None:
    transfer = offer(session, cast, case.file)
    take(session, transfer, cast.other_keeper)
    with pytest.raises(NotVisible):
        visible_file(session, case.file.id, cast.keeper.actor)
    assert visible_file(session, case.file.id, cast.other_keeper.actor) is case.file
    assert visible_transfer(session, transfer.id, cast.keeper.actor).title == "周大河"
    with pytest.raises(NotVisible):
        visible_transfer(session, transfer.id, cast.street_keeper.actor)


def test_the_list_names_paper_with_its_place_open_loans_items_awaiting_filing_and_open_duties(
    session: Session, cast: Cast, case: Case
) -> None:
    transfer = offer(session, cast, case.file)
    before = carried_by(session, transfer)
    take(session, transfer, cast.other_keeper)
    session.flush()
    session.expire(transfer)
    entries = carried_by(session, transfer)
    assert entries == before
    by_kind = {kind: [entry for entry in entries if entry.kind is kind] for kind in LineKind}
    assert [len(by_kind[kind]) for kind in LineKind] == [1, 0, 2, 1, 1, 1, 0]
    assert by_kind[LineKind.COPY][0].place == f"{case.box.barcode} · 档案室"
    assert by_kind[LineKind.COPY][1].holder == by_kind[LineKind.LOAN][0].holder == "李读"
    assert by_kind[LineKind.COPY][0].condition is Condition.GOOD
    assert by_kind[LineKind.LOAN][0].dated == case.loan.due_on
    duty = open_duty(session, case.file, TwinSide.ELECTRONIC)
    assert duty is not None
    assert by_kind[LineKind.TWIN][0].dated == duty.due_on


def test_an_open_loan_goes_along_and_returns_to_the_receivers_desk(session: Session, cast: Cast, case: Case) -> None:
    take(session, offer(session, cast, case.file), cast.other_keeper)
    assert case.loan in session.scalars(visible_loans(cast.other_keeper.actor)).all()
    with pytest.raises(NotTheKeepersUnit):
        take_back(session, case.loan, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    room = make_room(session, cast.other_district, cast.other_keeper, "西库")
    take_back(session, case.loan, actor=cast.other_keeper.actor, at=NOON, on=MONDAY, to=room)
    assert case.out.place is room


def test_paper_moves_to_the_receivers_box_where_one_is_named(session: Session, cast: Cast, case: Case) -> None:
    box = make_box(session, make_room(session, cast.other_district, cast.other_keeper, "西库"), cast.other_keeper)
    transfer = offer(session, cast, case.file)
    take(session, transfer, cast.other_keeper, spot=box)
    assert case.copy.box is box
    assert case.out.holder is cast.reader
    assert transfer.paper_spot == box.barcode


def test_a_yearly_file_of_which_a_part_was_destroyed_passes_with_what_is_left(
    session: Session, cast: Cast, disposal: Disposal, place: Place
) -> None:
    gone = make_statements(session, cast, place)
    left = put_in(
        session, cast, gone.file, place, None, content=b"", title="2025 年银行对账单", document_type="bank_statements",
        retention_class="enterprise.bank_statements", dated="2014-12",
    )  # fmt: skip
    hold = place_hold(session, left, HoldKind.AUDIT, "专项审计", actor=cast.keeper.actor, at=NOON)
    batch = disposal.approved(Category.ACCOUNTING)
    disposal.give_opinions(batch, *OPINIONS)
    for witness, part in zip(disposal.witnesses, JOINT, strict=True):
        disposal.count(batch, witness, part=part)
    disposal.start(batch)
    disposal.run(batch)
    assert (gone.destroyed_on, left.destroyed_on, gone.file.destroyed_on) == (DESTROYED_ON, None, None)
    lift_hold(session, hold, "审计结束", actor=cast.keeper.actor, at=NOON)
    transfer = offer(session, cast, gone.file, reason=TransferReason.ABOLISHED)
    room = make_room(session, cast.other_district, cast.other_keeper, "西库")
    take(session, transfer, cast.other_keeper, spot=room)
    [copy] = session.scalars(select(PaperCopy).where(PaperCopy.item_id == left.id))
    assert copy.place is room
    listed = [(entry.kind, entry.title, entry.quantity) for entry in carried_by(session, transfer)]
    assert listed == [(LineKind.FILE, "2014 年银行对账单", 1), (LineKind.COPY, left.title, 2)]


def test_who_offered_what_was_refused_reads_what_it_holds_as_long_as_it_is_there(session: Session, cast: Cast) -> None:
    file = make_household(session, cast.district, cast.keeper)
    refused = offer(session, cast, file)
    refuse(session, refused, "不收", actor=cast.other_keeper.actor, at=NOON)
    assert [knows_contents(refused, user.actor) for user in (cast.keeper, cast.other_keeper)] == [True, False]
    accepted = offer(session, cast, file)
    take(session, accepted, cast.other_keeper)
    assert [knows_contents(one, cast.keeper.actor) for one in (refused, accepted)] == [False, True]


def test_paper_moves_into_no_box_of_another_unit_or_kind(session: Session, cast: Cast, case: Case) -> None:
    transfer = offer(session, cast, case.file)
    with pytest.raises(OtherUnitsPlace), session.begin_nested():
        take(session, transfer, cast.other_keeper, spot=case.place)
    place = make_room(session, cast.other_district, cast.other_keeper, "西库")
    box = make_box(session, place, cast.other_keeper)
    box.year = 2025
    with pytest.raises(BoxMixed), session.begin_nested():
        take(session, transfer, cast.other_keeper, spot=box)


def test_a_file_goes_one_way_at_a_time(session: Session, cast: Cast, case: Case) -> None:
    first = offer(session, cast, case.file)
    with pytest.raises(OnTheWay, match=f"to 西区总工会 already, under {first.number}"):
        offer(session, cast, case.file, cast.street)


def test_who_moves_again_while_the_transfer_waits_is_offered_elsewhere_once_it_is_taken_back(
    session: Session, cast: Cast, case: Case
) -> None:
    first = offer(session, cast, case.file)
    recall(session, first, "该户又迁往河街道。", actor=cast.keeper.actor, at=NOON)
    second = offer(session, cast, case.file, cast.street)
    with pytest.raises(TransferEnded):
        take(session, first, cast.other_keeper)
    take(session, second, cast.street_keeper)
    assert case.file.unit is cast.street


def test_only_a_keeper_of_the_receiving_unit_answers_and_only_the_giver_takes_back(
    session: Session, cast: Cast, case: Case
) -> None:
    transfer = offer(session, cast, case.file)
    with pytest.raises(OnlyReceiverAnswers):
        take(session, transfer, cast.keeper)
    with pytest.raises(OnlyReceiverAnswers):
        refuse(session, transfer, "不收", actor=cast.supervisor.actor, at=NOON)
    with pytest.raises(OnlyGiverRecalls):
        recall(session, transfer, "误报", actor=cast.other_keeper.actor, at=NOON)


def test_the_keeper_who_will_answer_is_one_of_the_receiving_unit(session: Session, cast: Cast, case: Case) -> None:
    transfer = offer(session, cast, case.file)
    with pytest.raises(KeeperOfOtherUnit):
        accept(
            session, transfer, keeper=cast.street_keeper, spot=None, actor=cast.other_keeper.actor, at=NOON, on=MONDAY
        )


def test_a_refused_file_stays_and_is_listed_until_somebody_else_is_asked(
    session: Session, cast: Cast, case: Case
) -> None:
    transfer = offer(session, cast, case.file)
    assert session.scalars(awaiting_acceptance(cast.other_keeper.actor)).all() == [transfer]
    refuse(session, transfer, "该户不在本区居住。", actor=cast.other_keeper.actor, at=NOON)
    session.flush()
    assert case.file.unit is cast.district
    assert session.scalars(awaiting_acceptance(cast.other_keeper.actor)).all() == []
    assert session.scalars(stranded(cast.keeper.actor)).all() == [transfer]
    offer(session, cast, case.file, cast.street)
    assert session.scalars(stranded(cast.keeper.actor)).all() == []


def test_who_only_reads_offers_nothing(session: Session, cast: Cast, case: Case) -> None:
    for person in (cast.reader, cast.supervisor, cast.other_keeper):
        with pytest.raises(NotTheKeepersUnit):
            offer(session, cast, case.file, giver=person)


def test_a_file_is_offered_to_another_unit_before_a_third_person(session: Session, cast: Cast, case: Case) -> None:
    with pytest.raises(SameUnit):
        offer(session, cast, case.file, cast.district)
    arguments = {"grounds": "迁居", "giver": cast.keeper, "at": NOON}
    strangers = (cast.inquirer, cast.street_keeper, cast.other_keeper)  # who would learn whose file it is
    refusals = ((cast.keeper, WitnessIsAParty), *((stranger, WitnessOutside) for stranger in strangers))
    for witness, refusal in refusals:
        with pytest.raises(refusal):
            propose(session, case.file, cast.street, TransferReason.MOVED, witness=witness, **arguments)


def test_the_witness_does_not_receive(session: Session, cast: Cast, case: Case) -> None:
    def before_their_keeper() -> FileTransfer:
        return propose(
            session, case.file, cast.other_district, TransferReason.MOVED, grounds="迁居", giver=cast.keeper,
            witness=cast.other_keeper, at=NOON,
        )  # fmt: skip

    grant_role(session, cast.other_keeper, Role.READER, cast.district.path, actor=OPERATOR, at=NOON)
    with pytest.raises(OnlyReceiverWitnesses):  # nobody could accept it
        before_their_keeper()
    grant_role(session, cast.second_keeper, Role.KEEPER, cast.other_district.path, actor=OPERATOR, at=NOON)
    transfer = before_their_keeper()
    with pytest.raises(WitnessIsAParty):
        take(session, transfer, cast.other_keeper)
    with pytest.raises(WitnessIsAParty):  # nor name another keeper in the own stead
        accept(
            session, transfer, keeper=cast.second_keeper, spot=None, actor=cast.other_keeper.actor, at=NOON, on=MONDAY
        )


@pytest.mark.parametrize("reason", [TransferReason.REEMPLOYED, TransferReason.MOVED])
def test_re_employment_and_a_change_of_home_concern_households_in_force(
    session: Session, cast: Cast, case: Case, reason: TransferReason
) -> None:
    yearly = make_yearly_file(session, cast, Category.ACCOUNTING)
    withdraw(session, case.file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=MONDAY, today=MONDAY)
    for file in (yearly, case.file):
        with pytest.raises(OnlyActiveHouseholds):
            offer(session, cast, file, reason=reason)


def test_re_employment_is_accepted_with_a_determination_made_in_time(session: Session, cast: Cast, case: Case) -> None:
    receiver = make_employers_keeper(session, cast)
    transfer = offer(session, cast, case.file, cast.workplace, TransferReason.REEMPLOYED)
    with pytest.raises(DeterminationMissing, match=r"Until then 东区总工会 goes on keeping the file.*art. 9"):
        take(session, transfer, receiver)
    for day in (MONDAY - timedelta(days=1), MONDAY + timedelta(days=1)):
        with pytest.raises(DeterminedOutOfTime):
            take(session, transfer, receiver, reemployment=replace(REEMPLOYED, determined_on=day))
        with pytest.raises(ReemployedOutOfTime):
            take(session, transfer, receiver, reemployment=replace(REEMPLOYED, reemployed_on=day))
    assert case.file.unit is cast.district
    take(session, transfer, receiver, reemployment=REEMPLOYED)
    assert (transfer.determination, transfer.determined_on) == (REEMPLOYED.determination, MONDAY)


def test_what_was_answered_is_answered_once(session: Session, cast: Cast, case: Case) -> None:
    transfer = offer(session, cast, case.file)
    take(session, transfer, cast.other_keeper)
    for act in (
        lambda: take(session, transfer, cast.other_keeper),
        lambda: refuse(session, transfer, "不收", actor=cast.other_keeper.actor, at=NOON),
        lambda: recall(session, transfer, "误报", actor=cast.keeper.actor, at=NOON),
    ):
        with pytest.raises(TransferEnded):
            act()
    assert transfer.state is TransferState.ACCEPTED


def test_a_receiver_who_counts_the_same_numbers_keeps_both_codes(session: Session, cast: Cast, case: Case) -> None:
    own = make_household(session, cast.other_district, cast.other_keeper, "500103198503074511", "陈西")
    take(session, offer(session, cast, case.file), cast.other_keeper)
    assert own.code.removeprefix("C039") == case.file.code.removeprefix("C038")
    assert own.unit is case.file.unit


def test_a_unit_is_named_by_its_name_and_that_of_its_superior_where_two_share_one(session: Session, cast: Cast) -> None:
    assert unit_named(session, " 河街道总工会 ") is cast.street
    twin = found_unit(
        session, cast.other_district, "河街道总工会", UnitKind.STREET, actor=cast.system_administrator.actor
    )
    with pytest.raises(SeveralUnits, match="东区总工会 / 河街道总工会、西区总工会 / 河街道总工会"):
        unit_named(session, "河街道总工会")
    assert unit_named(session, "西区总工会 / 河街道总工会") is twin
    with pytest.raises(UnknownUnit):
        unit_named(session, "无此单位")


def test_search_follows_the_file(session: Session, cast: Cast, case: Case) -> None:
    take(session, offer(session, cast, case.file), cast.other_keeper)
    seal(session)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "file.moved")).one()
    keys = affected(session, [entry])
    assert f"file:{case.file.id}" in keys
    assert f"item:{case.copy.item_id}" in keys
    assert {document.tags[SCOPE][-1] for document in documents(session, keys)} == {cast.other_district.path}


def test_a_rule_of_a_later_room_stops_the_offer_and_the_acceptance(
    session: Session, cast: Cast, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(_session: Session, file: File) -> None:
        raise FileWithdrawn(code=file.code, on=MONDAY)

    transfer = offer(session, cast, case.file)
    monkeypatch.setattr(transfers, "_transfer_rules", [])
    assert transfer_rule(held) is held
    with pytest.raises(FileWithdrawn):
        take(session, transfer, cast.other_keeper)
    recall(session, transfer, "误报", actor=cast.keeper.actor, at=NOON)
    with pytest.raises(FileWithdrawn):
        offer(session, cast, case.file)


def test_paper_listed_for_a_keeper_who_leaves_goes_off_that_list_when_the_file_passes(
    session: Session, cast: Cast, case: Case
) -> None:
    handing = start(
        session, cast.district, cast.keeper, cast.second_keeper, cast.approver, reason="调离", actor=cast.keeper.actor,
        at=NOON, on=MONDAY,
    )  # fmt: skip
    take(session, offer(session, cast, case.file), cast.other_keeper)
    session.flush()
    changes = recheck(session, handing, actor=cast.keeper.actor, at=NOON)
    assert changes.left == 5  # file, copy on loan, loan, item, twin duty; the box and what lies in it stay


def test_a_withdrawn_file_is_seen_and_accepted_by_the_keeper_it_is_offered_to(session: Session, cast: Cast) -> None:
    file = make_household(session, cast.district, cast.keeper)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=MONDAY, today=MONDAY)
    session.flush()
    transfer = offer(session, cast, file, reason=TransferReason.ABOLISHED)
    session.flush()
    assert visible_transfer(session, transfer.id, cast.other_keeper.actor) is transfer
    take(session, transfer, cast.other_keeper)
    assert file.unit is cast.other_district


def test_who_keeps_a_file_does_not_receive_it_though_a_colleague_offered_it(
    session: Session, cast: Cast, case: Case
) -> None:
    grant_role(session, cast.keeper, Role.KEEPER, cast.other_district.path, actor=OPERATOR, at=NOON)
    session.refresh(cast.keeper)
    transfer = offer(session, cast, case.file, giver=cast.second_keeper)
    for keeper, actor in ((cast.keeper, cast.other_keeper), (cast.other_keeper, cast.keeper)):
        with pytest.raises(GiverReceives, match=cast.keeper.display_name):
            accept(session, transfer, keeper=keeper, spot=None, actor=actor.actor, at=NOON, on=MONDAY)
    take(session, transfer, cast.other_keeper)


def test_one_person_never_gives_and_receives_the_same_file(session: Session, cast: Cast, case: Case) -> None:
    grant_role(session, cast.keeper, Role.KEEPER, cast.other_district.path, actor=OPERATOR, at=NOON)
    session.refresh(cast.keeper)
    for reason in (TransferReason.MOVED, TransferReason.ABOLISHED):
        transfer = offer(session, cast, case.file, reason=reason)
        with pytest.raises(GiverReceives, match="Another keeper of 西区总工会 accepts it") as refused:
            take(session, transfer, cast.keeper)
        assert refused.value.field == "keeper"
        with pytest.raises(GiverReceives):  # nor does another accept it into the giver's hands
            accept(
                session, transfer, keeper=cast.keeper, spot=None, actor=cast.other_keeper.actor, at=NOON, on=MONDAY
            )  # fmt: skip
        recall(session, transfer, "另行安排接收。", actor=cast.keeper.actor, at=NOON)
    take(session, offer(session, cast, case.file), cast.other_keeper)
    room = make_room(session, cast.other_district, cast.keeper, "西库")
    with pytest.raises(GiverFetches, match="gave files away whose paper lies in box"):
        fetch_box(session, case.box, room, keeper=cast.keeper, actor=cast.keeper.actor, at=NOON, on=MONDAY)


def test_a_yearly_file_on_its_way_is_not_described_anew(session: Session, cast: Cast) -> None:
    file = make_yearly_file(session, cast)
    transfer, again = offer(session, cast, file, reason=TransferReason.ABOLISHED), YearlyEntry("另一卷", 2025)
    with pytest.raises(OnTheWay, match=transfer.number):
        describe_empty_file(session, file, again, actor=cast.keeper.actor, on=MONDAY)
    recall(session, transfer, "卷名有误", actor=cast.keeper.actor, at=NOON)
    describe_empty_file(session, file, again, actor=cast.keeper.actor, on=MONDAY)
