"""Households part and join: one household, one file, and no code is lost (art. 11)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.roles import OPERATOR, Role
from accounts.services import grant_role
from classification.categories import Category
from classification.checklists import missing
from classification.eligibility import Exclusion
from classification.hardship import HardshipClass
from records.browse.flaws import is_to_be_determined, lacks_material
from records.browse.standing import standing_of
from records.closing.errors import (
    FindingOpen,
    NobodyLeaves,
    NotEligibleApart,
    OnTheWay,
    PartedBySecondPerson,
    SameFile,
    UnknownFile,
)
from records.closing.families import file_of_alias, file_to_join, links_of, merge, split
from records.closing.models import FamilyChange, LinkKind
from records.files.duties import close_duty, open_duty
from records.files.errors import (
    FileJoined,
    FileWithdrawn,
    NotTheKeepersUnit,
    ReasonOfJoining,
    SaidTooLittle,
    WorkerGone,
)
from records.files.held import Leaving, as_withdrawn
from records.files.living import ReviewGround, TwinCause, TwinSide, Withdrawal, WithdrawalReview
from records.files.membership import join_household, leave_household
from records.files.models import File, WithdrawalReason
from records.files.services import keeper_of, withdraw
from records.files.withdrawals import correct_withdrawal, return_to_help
from records.households.errors import OneWorker
from records.households.models import Anew, Cause, Employment, Member, Relation
from records.households.services import MemberEntry, determine
from records.upkeep.clean_up import start_clean_up
from records.upkeep.determining import confirm
from records.upkeep.models import CleanUpLine
from records.workflow.errors import AppliedTooEarly
from tests.cast import MONDAY, NOON, NUMBERS, Cast
from tests.records.closing.cases import GROUNDS, TOGETHER, apart, make_household, offer, set_line
from tests.records.upkeep.proposing import OWNER
from tests.records.upkeep.proposing import determine as determine_class
from tests.regulation.in_step import adjust


@pytest.fixture
def file(session: Session, cast: Cast) -> File:
    """A household of three: worker, spouse, and a child without a number."""
    set_line(session, cast)
    made = make_household(session, cast.district, cast.keeper)
    actor = cast.keeper.actor
    join_household(session, made, MemberEntry("陈平", Relation.SPOUSE, NUMBERS[1]), actor=actor, on=MONDAY)
    join_household(session, made, MemberEntry("周小", Relation.CHILD, ""), actor=actor, on=MONDAY)
    return made


def members(file: File) -> dict[str, Relation]:
    """The present members by name."""
    assert file.household is not None
    return {member.person.name: member.relation for member in file.household.present_members}


def numbers(file: File, relations: dict[str, Relation]) -> dict[int, Relation]:
    """Relations by membership instead of by name."""
    assert file.household is not None
    return {
        member.id: relations[member.person.name]
        for member in file.household.present_members
        if member.person.name in relations
    }


def part(session: Session, cast: Cast, file: File, relations: dict[str, Relation]) -> File:
    return split(
        session, file, numbers(file, relations), apart(), FamilyChange.DIVORCE, grounds=GROUNDS,
        actor=cast.approver.actor, on=MONDAY,
    )  # fmt: skip


def join(
    session: Session,
    cast: Cast,
    joined: File,
    lasting: File,
    relations: dict[str, Relation],
    income: Decimal = TOGETHER,
) -> None:
    merge(
        session, joined, lasting, numbers(joined, relations), FamilyChange.MARRIAGE,
        monthly_income_per_head=income, remarks=None, actor=cast.keeper.actor, on=MONDAY,
    )  # fmt: skip


def nobody_is_active_twice(session: Session) -> bool:
    active = [member.person_id for member in session.scalars(select(Member).where(Member.active))]
    return len(active) == len(set(active))


def test_who_leaves_gets_a_file_that_refers_to_the_old_one(session: Session, cast: Cast, file: File) -> None:
    new = part(session, cast, file, {"陈平": Relation.WORKER, "周小": Relation.CHILD})
    assert members(file) == {"周大河": Relation.WORKER}
    assert members(new) == {"陈平": Relation.WORKER, "周小": Relation.CHILD}
    assert new.title == "陈平"
    assert (new.unit, keeper_of(session, new)) == (cast.district, cast.keeper)
    assert new.code != file.code
    [linked] = links_of(session, new, cast.keeper.actor)
    link = linked.link
    assert (link.kind, link.file, link.other, link.why) == (LinkKind.SPLIT, new, file, FamilyChange.DIVORCE)
    assert (linked.other, linked.came_from_it, linked.in_sight) == (file, False, True)
    [back] = links_of(session, file, cast.keeper.actor)
    assert (back.link, back.other, back.came_from_it) == (link, new, True)
    assert nobody_is_active_twice(session)
    assert len(session.scalars(select(Member).where(Member.active)).all()) == 3


def test_the_worker_stays_and_one_of_those_who_leave_is_the_new_worker(
    session: Session, cast: Cast, file: File
) -> None:
    for relations, refusal in (
        ({}, NobodyLeaves),
        ({"陈平": Relation.SPOUSE}, OneWorker),
        ({"陈平": Relation.WORKER, "周小": Relation.WORKER}, OneWorker),
        ({"周大河": Relation.WORKER}, OneWorker),
    ):
        with pytest.raises(refusal):
            part(session, cast, file, relations)
    assert len(members(file)) == 3


def test_while_two_people_have_found_what_article_4_names_the_household_neither_parts_nor_is_joined(
    session: Session, cast: Cast, file: File
) -> None:
    other = make_household(session, cast.district, cast.keeper, NUMBERS[2])
    for each in (file, other):
        confirm(session, determine_class(session, cast, each, OWNER), actor=cast.approver.actor, on=MONDAY)
    for joined, lasting in ((file, other), (other, file)):
        with pytest.raises(FindingOpen) as refused:
            join(session, cast, joined, lasting, dict.fromkeys(members(joined), Relation.PARENT))
        assert (refused.value.article, file.active, other.active) == (4, True, True)
    with pytest.raises(FindingOpen):
        part(session, cast, file, {"陈平": Relation.WORKER})
    for each in (file, other):
        confirm(session, determine_class(session, cast, each), actor=cast.approver.actor, on=MONDAY)
    part(session, cast, file, {"陈平": Relation.WORKER})
    join(session, cast, other, file, dict.fromkeys(members(other), Relation.PARENT))


def test_a_second_person_decides_that_a_household_parts_and_says_why(session: Session, cast: Cast, file: File) -> None:
    grant_role(session, cast.keeper, Role.APPROVER, cast.district.path, actor=OPERATOR, at=NOON)
    for user, grounds, refusal in (
        (cast.second_keeper, GROUNDS, PartedBySecondPerson),
        (cast.keeper, GROUNDS, PartedBySecondPerson),  # an approver too, but keeps the file
        (cast.approver, "同意。", SaidTooLittle),
    ):
        with pytest.raises(refusal):
            split(
                session, file, numbers(file, {"陈平": Relation.WORKER}), apart(), FamilyChange.DIVORCE,
                grounds=grounds, actor=user.actor, on=MONDAY,
            )  # fmt: skip
    assert session.scalars(select(File)).all() == [file]


def test_who_parts_has_a_file_if_the_figures_of_the_day_say_so(session: Session, cast: Cast, file: File) -> None:
    relations = numbers(file, {"陈平": Relation.WORKER})
    for changes, said in (
        ({"monthly_income_per_head": Decimal(9999)}, "9999.00"),
        ({"monthly_income_per_head": Decimal(700)}, "people judge"),
        ({"exclusions": {**apart().exclusions, Exclusion.HOMES: True}}, "two or more homes"),
        ({"employment": Employment.RETIRED, "socialised": True}, "socialised management"),
    ):
        with pytest.raises(NotEligibleApart, match=said):
            split(
                session, file, relations, apart(**changes), FamilyChange.DIVORCE, grounds=GROUNDS,
                actor=cast.approver.actor, on=MONDAY,
            )  # fmt: skip
    new = part(session, cast, file, {"陈平": Relation.WORKER})
    [linked] = links_of(session, new, cast.keeper.actor)
    assert (linked.link.decided_by, linked.link.remarks) == (cast.approver, GROUNDS)
    assert linked.link.assessment is not None
    assert linked.link.assessment["outcome"] == "eligible"
    assert linked.link.assessment["rules"]["subsistence_line"]["value"] == "700.00"


def test_who_parts_is_of_no_class_until_one_is_determined_on_documents(
    session: Session, cast: Cast, file: File
) -> None:
    new = part(session, cast, file, {"陈平": Relation.WORKER})
    assert new.household is not None
    assert new.household.monthly_income_per_head == Decimal("520.00")
    assert new.household.hardship_class is None
    assert is_to_be_determined(session, new, MONDAY)
    assert standing_of(session, new) is None


def test_what_a_file_opened_by_parting_lacks_is_listed_and_looked_at_in_the_next_clean_up(
    session: Session, cast: Cast, file: File
) -> None:
    new = part(session, cast, file, {"陈平": Relation.WORKER})
    session.flush()
    assert new in session.scalars(select(File).where(lacks_material(MONDAY))).all()
    start_clean_up(session, cast.district, MONDAY.year, due_on=MONDAY, actor=cast.keeper.actor, on=MONDAY)
    line = session.scalars(select(CleanUpLine).where(CleanUpLine.file_id == new.id)).one()
    assert line.missing_count == len(missing(Category.ORIGINAL, set()))


def test_nobody_below_working_age_parts_as_the_worker_of_a_household(session: Session, cast: Cast, file: File) -> None:
    young = MemberEntry("周幼", Relation.CHILD, "50010320180701001X")
    join_household(session, file, young, actor=cast.keeper.actor, on=MONDAY)
    with pytest.raises(AppliedTooEarly, match="周幼"):
        split(
            session, file, numbers(file, {"周幼": Relation.WORKER}), apart(), FamilyChange.OTHER,
            grounds=GROUNDS, actor=cast.approver.actor, on=MONDAY,
        )  # fmt: skip


def test_members_of_another_household_do_not_leave_this_one(session: Session, cast: Cast, file: File) -> None:
    other = make_household(session, cast.district, cast.keeper, NUMBERS[2], "李远")
    with pytest.raises(NobodyLeaves):
        split(
            session, file, numbers(other, {"李远": Relation.WORKER}), apart(), FamilyChange.OTHER, grounds=GROUNDS,
            actor=cast.approver.actor, on=MONDAY,
        )  # fmt: skip


def test_two_households_become_one_and_the_joined_code_finds_it(session: Session, cast: Cast, file: File) -> None:
    other = make_household(session, cast.district, cast.keeper, NUMBERS[2], "李远")
    join(session, cast, other, file, {"李远": Relation.OTHER})
    assert members(file) == {
        "周大河": Relation.WORKER, "陈平": Relation.SPOUSE, "周小": Relation.CHILD, "李远": Relation.OTHER,
    }  # fmt: skip
    assert members(other) == {}
    assert (other.withdrawn_on, other.withdrawal_reason) == (MONDAY, WithdrawalReason.MERGED)
    assert file_of_alias(session, other.code) == file.id
    assert file_to_join(session, other.code, cast.keeper.actor) is file
    assert nobody_is_active_twice(session)


def test_the_class_of_a_household_that_others_left_or_joined_is_to_be_determined_anew(
    session: Session, cast: Cast, file: File
) -> None:
    def because(*files: File) -> list[Anew | None]:
        return [one.household.anew_because for one in files if one.household is not None]

    def settle() -> None:
        assert file.household is not None
        found, keeper = HardshipClass.BELOW_WITHOUT_RELIEF, cast.keeper.actor
        determine(session, file.household, found, unit_path=file.unit.path, actor=keeper, on=MONDAY)

    settle()
    new = part(session, cast, file, {"陈平": Relation.WORKER, "周小": Relation.CHILD})
    assert because(file, new) == [Anew.MEMBERS, None]
    settle()
    join(session, cast, new, file, {"陈平": Relation.SPOUSE, "周小": Relation.CHILD})
    assert because(file) == [Anew.MEMBERS]


def test_the_income_of_households_that_join_is_stated_anew_and_asked_by_what_it_is(
    session: Session, cast: Cast, file: File
) -> None:
    assert file.household is not None
    file.household.hardship_class = HardshipClass.BELOW_WITHOUT_RELIEF
    for number, name, income, asked in (
        (NUMBERS[2], "李远", Decimal(480), []),
        (NUMBERS[3], "王成", Decimal(9999), [ReviewGround.INCOME]),
    ):
        other = make_household(session, cast.district, cast.keeper, number, name)
        join(session, cast, other, file, {name: Relation.OTHER}, income)
        assert file.household.monthly_income_per_head == income
        assert is_to_be_determined(session, file, MONDAY)
        rows = session.scalars(select(WithdrawalReview).where(WithdrawalReview.file_id == file.id))
        assert [row.ground for row in rows] == asked


def test_only_joining_gives_its_reason_of_withdrawal(session: Session, cast: Cast, file: File) -> None:
    actor = cast.keeper.actor
    with pytest.raises(ReasonOfJoining):
        withdraw(session, file, WithdrawalReason.MERGED, actor=actor, on=MONDAY, today=MONDAY)
    assert file.active
    withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=MONDAY, today=MONDAY)
    with pytest.raises(ReasonOfJoining):
        correct_withdrawal(session, file, MONDAY, WithdrawalReason.MERGED, "已并", actor=actor, today=MONDAY)
    return_to_help(session, file, "因病再度困难", actor=cast.approver.actor, on=MONDAY, today=MONDAY)
    assert file.active


def test_a_joined_file_is_neither_corrected_nor_taken_back_into_help(session: Session, cast: Cast, file: File) -> None:
    other, actor = make_household(session, cast.district, cast.keeper, NUMBERS[2], "李远"), cast.keeper.actor
    join(session, cast, other, file, {"李远": Relation.OTHER})
    with pytest.raises(FileJoined, match=rf"joined to {file.code}, kept by 东区总工会"):
        correct_withdrawal(session, other, MONDAY, WithdrawalReason.LIFTED, "误并", actor=actor, today=MONDAY)
    with pytest.raises(FileJoined):
        return_to_help(session, other, "因病再度困难", actor=cast.approver.actor, on=MONDAY, today=MONDAY)
    other.withdrawal_reason = WithdrawalReason.LIFTED  # whatever the reason says: nobody is left in it
    session.flush()
    with pytest.raises(WorkerGone):
        return_to_help(session, other, "因病再度困难", actor=cast.approver.actor, on=MONDAY, today=MONDAY)
    assert not other.active


def test_paper_follows_on_every_file_whose_household_parted_or_joined(session: Session, cast: Cast, file: File) -> None:
    other = make_household(session, cast.district, cast.keeper, NUMBERS[2], "李远")

    def settle() -> None:
        """Everything before is followed, and long ago."""
        for one in session.scalars(select(File)):
            one.changed_on = date(2024, 1, 2)
            if duty := open_duty(session, one, TwinSide.PAPER):
                close_duty(session, duty, "纸质已补齐", done_on=MONDAY, actor=cast.keeper.actor, on=MONDAY)

    def to_follow(*files: File) -> list[tuple[date, list[tuple[TwinCause, str]]]]:
        duties = [(one, open_duty(session, one, TwinSide.PAPER)) for one in files]
        return [
            (one.changed_on, [(change.cause, change.what) for change in duty.changes] if duty else [])
            for one, duty in duties
        ]

    settle()
    new = part(session, cast, file, {"陈平": Relation.WORKER})
    assert to_follow(file, new) == [(MONDAY, [(TwinCause.MEMBERS, "陈平")])] * 2
    settle()
    join(session, cast, other, file, {"李远": Relation.OTHER})
    moved = (TwinCause.MEMBERS, "李远")
    left = (TwinCause.WITHDRAWAL, WithdrawalReason.MERGED.value)
    stated = (TwinCause.HOUSEHOLD, "monthly_income_per_head")
    assert to_follow(file, other) == [(MONDAY, [moved, stated]), (MONDAY, [moved, left])]


def test_an_alias_follows_when_the_file_it_finds_is_joined_again(session: Session, cast: Cast, file: File) -> None:
    second = make_household(session, cast.district, cast.keeper, NUMBERS[2], "李远")
    third = make_household(session, cast.district, cast.keeper, NUMBERS[3], "王成")
    join(session, cast, third, second, {"王成": Relation.PARENT})
    join(session, cast, second, file, {"李远": Relation.OTHER, "王成": Relation.PARENT})
    assert {file_of_alias(session, each.code) for each in (second, third)} == {file.id}
    assert file_of_alias(session, file.code) is None


def test_everybody_moves_and_nobody_becomes_a_second_worker(session: Session, cast: Cast, file: File) -> None:
    other = make_household(session, cast.district, cast.keeper, NUMBERS[2], "李远")
    with pytest.raises(OneWorker):
        join(session, cast, other, file, {"李远": Relation.WORKER})
    with pytest.raises(NobodyLeaves):
        join(session, cast, file, other, {"陈平": Relation.SPOUSE})
    with pytest.raises(SameFile):
        join(session, cast, file, file, {})


def test_a_file_that_is_withdrawn_or_on_its_way_neither_parts_nor_joins(
    session: Session, cast: Cast, file: File
) -> None:
    other = make_household(session, cast.district, cast.keeper, NUMBERS[2], "李远")
    offer(session, cast, file)
    with pytest.raises(OnTheWay):
        part(session, cast, file, {"陈平": Relation.WORKER})
    with pytest.raises(OnTheWay):
        join(session, cast, other, file, {"李远": Relation.OTHER})
    third = make_household(session, cast.district, cast.keeper, NUMBERS[3], "王成")
    join(session, cast, third, other, {"王成": Relation.OTHER})
    with pytest.raises(FileWithdrawn):
        join(session, cast, third, other, {})


def test_a_file_of_another_unit_passes_over_before_it_is_joined(session: Session, cast: Cast, file: File) -> None:
    foreign = make_household(session, cast.street, cast.street_keeper, NUMBERS[2], "李远")
    with pytest.raises(UnknownFile, match="it passes to your unit first"):
        file_to_join(session, foreign.code, cast.keeper.actor)
    with pytest.raises(NotTheKeepersUnit):
        join(session, cast, foreign, file, {"李远": Relation.OTHER})


def test_the_form_of_a_withdrawal_tells_the_household_as_it_was_on_that_day(
    session: Session, cast: Cast, file: File
) -> None:
    """And not as it is today, of whom it may be that all have left."""
    household, actor = file.household, cast.keeper.actor
    other = make_household(session, cast.district, cast.keeper, NUMBERS[2], "李远")
    assert household is not None
    cause = household.main_cause
    withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=MONDAY, today=MONDAY)
    tuesday, wednesday = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
    return_to_help(session, file, "主要劳动力患病", actor=cast.approver.actor, on=tuesday, today=tuesday)
    adjust(session, file, actor, wednesday, main_cause=Cause.DISABILITY)
    child = next(member for member in household.present_members if member.relation is Relation.CHILD)
    leave_household(session, file, child.id, actor=actor, on=tuesday, today=wednesday)
    merge(
        session, file, other, numbers(file, {"周大河": Relation.OTHER, "陈平": Relation.OTHER}), FamilyChange.MARRIAGE,
        monthly_income_per_head=TOGETHER, remarks=None, actor=actor, on=wednesday,
    )  # fmt: skip
    first, second = session.scalars(select(Withdrawal).order_by(Withdrawal.id))
    assert cause is not Cause.DISABILITY
    assert as_withdrawn(session, first) == Leaving(3, cause)
    assert as_withdrawn(session, second) == Leaving(2, Cause.DISABILITY)
    for member in household.members:
        member.joined_on = member.left_on = wednesday
    assert as_withdrawn(session, first) == Leaving(None, cause)
