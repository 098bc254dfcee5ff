"""Determining the class of a living household anew: by the figures of the day, with a second person (art. 3, 13)."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.roles import OPERATOR, Permission, Role
from accounts.services import grant_role
from classification.eligibility import Exclusion
from classification.hardship import Cause, HardshipClass
from records.aid.errors import GivenWhileExcluded
from records.aid.models import AidKind
from records.aid.services import AidEntry, give_aid
from records.browse.figures import waiting_figures
from records.browse.flaws import is_to_be_determined
from records.browse.standing import standing_of
from records.files.duties import open_duty
from records.files.errors import KeptBySecondPerson, WithdrawnBeforeConfirmed
from records.files.living import ReviewDecision, ReviewGround, TwinSide, WithdrawalReview
from records.files.membership import join_household, leave_household
from records.files.models import File, Item, WithdrawalReason
from records.files.services import describe, open_household_file, withdraw
from records.files.withdrawals import keep_after_review, may_keep, return_to_help, suggest_withdrawal
from records.holdings.cancelling import cancel_collecting
from records.holdings.models import DigitalObject
from records.households.models import Anew, Employment, Relation
from records.households.services import MemberEntry
from records.upkeep.determining import confirm, may_confirm, propose, refuse
from records.upkeep.errors import (
    ConfirmedBySecondPerson,
    DeterminationAnswered,
    DeterminationWaits,
    FiguresChanged,
    FiguresSettle,
    IncomeUnknown,
    NoIncomeProof,
    ProofGone,
    ProofNotAtHand,
)
from records.upkeep.models import Determination, DeterminationAnswer
from records.workflow.errors import CauseUnproven, ConditionNotMet, NotEligible, ProofTooOld
from rules.services import set_rule
from storage.database import Database
from tests.cast import MONDAY, NOON, NUMBERS, Cast, description, find_cast, household_entry, make_file, make_item
from tests.conftest import SignedIn
from tests.records.closing.cases import offer, set_line, take
from tests.records.upkeep.proposing import BELOW, OWNER, determine, make_proof
from tests.regulation.in_step import TUESDAY, adjust
from web.rules import RuleViolation


def class_of(file: File) -> HardshipClass | None:
    assert file.household is not None
    return file.household.hardship_class


def open_reviews(session: Session, file: File) -> list[ReviewGround]:
    undecided = WithdrawalReview.decided_on.is_(None)
    rows = session.scalars(select(WithdrawalReview).where(WithdrawalReview.file_id == file.id, undecided))
    return [row.ground for row in rows]


def test_a_class_that_a_second_person_confirms_is_that_of_the_household_and_the_paper_follows(
    session: Session, cast: Cast
) -> None:
    set_line(session, cast)
    file = make_file(session, cast)
    row = determine(session, cast, file)
    assert (class_of(file), is_to_be_determined(session, file, MONDAY)) == (None, True)
    with pytest.raises(DeterminationWaits):
        determine(session, cast, file)
    with pytest.raises(ConfirmedBySecondPerson):
        confirm(session, row, actor=cast.keeper.actor, on=MONDAY)
    assert confirm(session, row, actor=cast.approver.actor, on=MONDAY) is None
    with pytest.raises(DeterminationAnswered):
        refuse(session, row, "已确认过了", actor=cast.keeper.actor, on=MONDAY)
    assert class_of(file) is HardshipClass.BELOW_WITHOUT_RELIEF
    assert not is_to_be_determined(session, file, MONDAY)
    duty = open_duty(session, file, TwinSide.PAPER)
    assert duty is not None
    assert [change.what for change in duty.changes][-1] == "hardship_class"
    assert (row.rules["subsistence_line"]["value"], row.assessment["rule_set"]) == ("700.00", "cq-2016-90")
    assert row.assessment["inputs"]["monthly_income_per_head"] == "520.00"
    standing = standing_of(session, file)
    assert standing is not None
    assert (standing.on, standing.line) == (MONDAY, "700.00")


def test_a_household_is_to_be_determined_anew_once_what_its_class_rests_on_is_another(
    session: Session, cast: Cast
) -> None:
    set_line(session, cast)
    file, actor = make_file(session, cast), cast.keeper.actor
    confirm(session, determine(session, cast, file), actor=cast.approver.actor, on=MONDAY)
    adjust(session, file, actor, MONDAY, address="河街道 2 号")
    assert not is_to_be_determined(session, file, MONDAY)
    for change in ({"main_cause": Cause.SCHOOLING}, {"monthly_income_per_head": Decimal("530.00")}):
        adjust(session, file, actor, MONDAY, **change)
        assert is_to_be_determined(session, file, MONDAY)
        confirm(session, determine(session, cast, file), actor=cast.approver.actor, on=MONDAY)
        assert not is_to_be_determined(session, file, MONDAY)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=MONDAY, today=MONDAY)
    assert not is_to_be_determined(session, file, MONDAY)
    return_to_help(session, file, "主要劳动力患病", actor=cast.approver.actor, on=TUESDAY, today=TUESDAY)
    assert is_to_be_determined(session, file, TUESDAY)


@pytest.mark.parametrize(
    ("found", "fits", "outside"),
    [
        (HardshipClass.BELOW_WITHOUT_RELIEF, "520.01", "519.99"),
        (HardshipClass.SLIGHTLY_ABOVE, "433.34", "433.33"),
        (HardshipClass.SLIGHTLY_ABOVE, "520.00", "520.01"),
        (HardshipClass.SUDDEN_HARDSHIP, "173.34", "173.33"),
    ],
)
def test_a_class_is_to_be_determined_anew_from_the_day_of_a_line_that_it_does_not_fit(
    session: Session, cast: Cast, found: HardshipClass, fits: str, outside: str
) -> None:
    file = make_file(session, cast)
    assert file.household is not None
    file.household.hardship_class = found
    session.flush()
    assert not is_to_be_determined(session, file, MONDAY)  # without a line nothing is compared

    def line(amount: str, on: date) -> None:
        set_rule(
            session, cast.district, "subsistence_line", amount, in_force_from=on, source=f"区{on}号",
            because="补录", actor=OPERATOR, at=NOON,
        )  # fmt: skip

    line(outside, TUESDAY)
    line(fits, MONDAY)
    assert [is_to_be_determined(session, file, on) for on in (MONDAY, TUESDAY)] == [False, True]


def test_a_tightened_factor_counts_and_that_of_another_district_does_not(session: Session, cast: Cast) -> None:
    set_line(session, cast)
    file = make_file(session, cast)
    assert file.household is not None
    file.household.monthly_income_per_head = Decimal("840.00")
    file.household.hardship_class = HardshipClass.SLIGHTLY_ABOVE
    for unit, day, to_determine in ((cast.other_district, MONDAY, False), (cast.district, TUESDAY, True)):
        set_rule(
            session, unit, "slightly_above", "1.10", in_force_from=day, source="1号", because="补录", actor=OPERATOR,
            at=NOON,
        )  # fmt: skip
        assert is_to_be_determined(session, file, day) is to_determine


def test_a_household_that_meets_no_class_is_reviewed_and_a_class_found_later_answers_the_review(
    session: Session, cast: Cast
) -> None:
    set_line(session, cast)
    file, actor = make_file(session, cast), cast.keeper.actor
    adjust(session, file, actor, MONDAY, monthly_income_per_head=Decimal("2000.00"))
    review = confirm(session, determine(session, cast, file), actor=cast.approver.actor, on=MONDAY)
    assert review is not None
    assert (review.ground, file.active, class_of(file)) == (ReviewGround.UNMET, True, None)
    assert "2000.00" in review.found
    adjust(session, file, actor, MONDAY, monthly_income_per_head=Decimal("600.00"))
    confirm(session, determine(session, cast, file), actor=cast.approver.actor, on=MONDAY)
    assert (review.decision, open_reviews(session, file)) == (ReviewDecision.KEPT, [])
    review = confirm(session, determine(session, cast, file, OWNER), actor=cast.approver.actor, on=MONDAY)
    assert review is not None
    assert review.ground is ReviewGround.HOMES
    grant_role(session, cast.keeper, Role.APPROVER, cast.district.path, actor=OPERATOR, at=NOON)
    session.refresh(cast.keeper)
    for user in (cast.second_keeper, cast.keeper):  # another keeper, and who proposed it
        with pytest.raises(KeptBySecondPerson):
            keep_after_review(session, review, "另一套住房已出售，经查属实", actor=user.actor, on=MONDAY)
    keep_after_review(session, review, "另一套住房已出售，经查属实", actor=cast.approver.actor, on=MONDAY)
    assert is_to_be_determined(session, file, MONDAY)  # one person's word does not answer what two have found


def test_who_owns_what_article_4_names_is_not_helped_until_a_determination_finds_otherwise(
    session: Session, cast: Cast
) -> None:
    set_line(session, cast)
    file = make_file(session, cast)
    review = confirm(session, determine(session, cast, file, OWNER), actor=cast.approver.actor, on=MONDAY)
    assert review is not None
    help_given = AidEntry(MONDAY, AidKind.LIVING, Decimal("1200.00"), "工会经费")
    with pytest.raises(GivenWhileExcluded) as refused:
        give_aid(session, file, help_given, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    assert (refused.value.article, refused.value.field) == (4, "given_on")
    row = determine(session, cast, file)
    came_up = suggest_withdrawal(
        session, file, ReviewGround.VEHICLES, "经营货车", actor=cast.keeper.actor, on=MONDAY
    )  # fmt: skip
    confirm(session, row, actor=cast.approver.actor, on=MONDAY)
    assert (review.decision, came_up.decision) == (ReviewDecision.KEPT, None)  # what came up since is asked still
    give_aid(session, file, help_given, actor=cast.keeper.actor, at=NOON, on=MONDAY)


def test_nobody_withdraws_as_of_a_day_before_two_people_confirmed_the_class(session: Session, cast: Cast) -> None:
    set_line(session, cast)
    file = make_file(session, cast)
    confirm(session, determine(session, cast, file), actor=cast.approver.actor, on=TUESDAY)
    with pytest.raises(WithdrawnBeforeConfirmed, match="2026-03-03"):
        withdraw(
            session, file, WithdrawalReason.LIFTED, actor=cast.approver.actor, on=MONDAY, today=TUESDAY,
            remarks="卷内有审批表",
        )  # fmt: skip
    withdraw(session, file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=TUESDAY, today=TUESDAY)


def test_a_second_finding_is_written_into_the_review_that_is_open(session: Session, cast: Cast) -> None:
    set_line(session, cast)
    file = make_file(session, cast)
    first = suggest_withdrawal(session, file, ReviewGround.HOMES, "两套住宅", actor=cast.keeper.actor, on=MONDAY)
    review = confirm(session, determine(session, cast, file, OWNER), actor=cast.approver.actor, on=MONDAY)
    assert review is first
    assert review.found.startswith("两套住宅；2026-03-02重新认定：")
    assert (review.opened_on, review.proposed_by) == (MONDAY, "keeper")


def test_on_the_line_people_judge_and_only_a_class_of_which_all_else_is_met(session: Session, cast: Cast) -> None:
    set_line(session, cast)
    file = make_file(session, cast)
    adjust(session, file, cast.keeper.actor, MONDAY, monthly_income_per_head=Decimal("700.00"))
    with pytest.raises(ConditionNotMet):
        determine(session, cast, file, judged=HardshipClass.BELOW_AFTER_RELIEF)
    with pytest.raises(CauseUnproven, match="Medical record"):
        determine(session, cast, file, judged=HardshipClass.SLIGHTLY_ABOVE)
    make_proof(session, cast, file, "病历", document_type="medical_record")
    row = determine(session, cast, file, judged=HardshipClass.SLIGHTLY_ABOVE)
    confirm(session, row, actor=cast.approver.actor, on=MONDAY)
    assert class_of(file) is HardshipClass.SLIGHTLY_ABOVE
    assert not is_to_be_determined(session, file, MONDAY)


def test_below_the_line_people_judge_what_was_surveyed_and_never_the_bound_or_the_cause(
    session: Session, cast: Cast
) -> None:
    set_line(session, cast)
    file, lately = make_file(session, cast), replace(BELOW, months_below=3)
    make_proof(session, cast, file, "病历", document_type="medical_record")
    for judged in (HardshipClass.SLIGHTLY_ABOVE, HardshipClass.SUDDEN_HARDSHIP):
        with pytest.raises(ConditionNotMet):
            determine(session, cast, file, lately, judged=judged)
    row = determine(session, cast, file, lately, judged=HardshipClass.BELOW_WITHOUT_RELIEF)
    confirm(session, row, actor=cast.approver.actor, on=MONDAY)
    assert not is_to_be_determined(session, file, MONDAY)


def test_a_class_is_chosen_by_hand_only_where_figures_leave_it_open(session: Session, cast: Cast) -> None:
    set_line(session, cast)
    file = make_file(session, cast)
    with pytest.raises(FiguresSettle, match=HardshipClass.BELOW_WITHOUT_RELIEF.label.en):
        determine(session, cast, file, judged=HardshipClass.SLIGHTLY_ABOVE)
    row = determine(session, cast, file, judged=HardshipClass.BELOW_WITHOUT_RELIEF)
    assert row.hardship_class is HardshipClass.BELOW_WITHOUT_RELIEF
    refuse(session, row, "核对有误，不予确认", actor=cast.approver.actor, on=MONDAY)
    assert row.answer is DeterminationAnswer.REFUSED


def test_migrants_alone_are_judged_to_be_of_the_class_of_migrants_and_of_no_other(session: Session, cast: Cast) -> None:
    set_line(session, cast)
    file, lately = make_file(session, cast), replace(BELOW, months_below=3)
    with pytest.raises(NotEligible):
        determine(session, cast, file, lately, judged=HardshipClass.MIGRANT)
    adjust(session, file, cast.keeper.actor, MONDAY, employment=Employment.MIGRANT)
    with pytest.raises(NotEligible):
        determine(session, cast, file, replace(lately, union_member=True), judged=HardshipClass.BELOW_WITHOUT_RELIEF)


def test_nobody_confirms_what_they_proposed_whichever_roles_they_hold(session: Session, cast: Cast) -> None:
    set_line(session, cast)
    row = determine(session, cast, make_file(session, cast))
    grant_role(session, cast.keeper, Role.APPROVER, cast.district.path, actor=OPERATOR, at=NOON)
    session.refresh(cast.keeper)
    with pytest.raises(ConfirmedBySecondPerson):
        confirm(session, row, actor=cast.keeper.actor, on=MONDAY)


def test_what_changed_since_it_was_proposed_is_not_confirmed(session: Session, cast: Cast) -> None:
    set_line(session, cast)
    file = make_file(session, cast)
    row = determine(session, cast, file)
    adjust(session, file, cast.keeper.actor, MONDAY, monthly_income_per_head=Decimal("660.00"))
    with pytest.raises(FiguresChanged):
        confirm(session, row, actor=cast.approver.actor, on=MONDAY)
    refuse(session, row, "收入已变更，重新提出", actor=cast.keeper.actor, on=MONDAY)
    assert row.answer is DeterminationAnswer.TAKEN_BACK
    set_rule(
        session,
        cast.district,
        "subsistence_line",
        "650",
        in_force_from=TUESDAY,
        source="区9号",
        actor=OPERATOR,
        at=NOON,
    )
    with pytest.raises(FiguresChanged):
        confirm(session, determine(session, cast, file), actor=cast.approver.actor, on=TUESDAY)


def test_what_was_proposed_ends_where_the_household_leaves_help_or_the_unit(session: Session, cast: Cast) -> None:
    set_line(session, cast)
    other = make_file(session, cast, number=NUMBERS[1], name="陈小海")
    file, actor = make_file(session, cast), cast.keeper.actor
    passed = determine(session, cast, other)
    take(session, offer(session, cast, other), cast.other_keeper)
    row = determine(session, cast, file)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=MONDAY, today=MONDAY)
    for each, keeper in ((passed, cast.other_keeper), (row, cast.keeper)):
        assert each.answer is DeterminationAnswer.ENDED
        with pytest.raises(DeterminationAnswered):
            refuse(session, each, "周大河家已脱困", actor=keeper.actor, on=MONDAY)
    return_to_help(session, file, "再次遇困，经核实", actor=cast.approver.actor, on=TUESDAY, today=TUESDAY)
    with pytest.raises(DeterminationAnswered):
        confirm(session, row, actor=cast.approver.actor, on=TUESDAY)
    assert is_to_be_determined(session, file, TUESDAY)


def test_the_classes_to_be_confirmed_are_those_that_one_may_confirm(session: Session, cast: Cast) -> None:
    set_line(session, cast)
    row = determine(session, cast, make_file(session, cast))
    for user, unit in ((cast.reader, cast.city), (cast.keeper, cast.district)):
        grant_role(session, user, Role.APPROVER, unit.path, actor=OPERATOR, at=NOON)
        session.refresh(user)
    for user in (cast.reader, cast.keeper, cast.approver):
        [figure] = [each for each in waiting_figures(user.actor, MONDAY) if each.label == "Classes to be confirmed"]
        assert session.scalar(select(figure.count)) == int(may_confirm(row, user.actor)), user.name


def test_what_waits_to_be_decided_of_a_household_is_what_one_may_decide(session: Session, cast: Cast) -> None:
    set_line(session, cast)
    keeper = cast.street_keeper
    below = open_household_file(
        session, cast.street, household_entry(NUMBERS[1]), keeper=keeper, actor=keeper.actor, on=MONDAY
    )  # fmt: skip
    suggest_withdrawal(session, below, ReviewGround.HOMES, "两套住宅", actor=keeper.actor, on=MONDAY)
    confirm(session, determine(session, cast, make_file(session, cast), OWNER), actor=cast.approver.actor, on=MONDAY)
    session.flush()
    reviews = session.scalars(select(WithdrawalReview)).all()
    undetermined = [one for one in session.scalars(select(File)) if is_to_be_determined(session, one, MONDAY)]
    assert below in undetermined
    for user in (cast.keeper, cast.street_keeper, cast.approver, cast.supervisor, cast.reader):
        actor = user.actor
        figures = {each.label: session.scalar(select(each.count)) for each in waiting_figures(actor, MONDAY)}
        mine = sum(actor.may(Permission.FILE, one.unit_path) or may_keep(one, actor) for one in reviews)
        assert figures["Reviews of withdrawal"] == mine, user.name
        to_determine = sum(actor.may(Permission.FILE, one.unit.path) for one in undetermined)
        assert figures["Classes to be determined"] == to_determine, user.name
    assert [may_keep(one, cast.approver.actor) for one in reviews] == [False, True]


def test_a_class_rests_on_an_income_proof_of_the_last_twelve_months(session: Session, cast: Cast) -> None:
    set_line(session, cast)
    file = make_file(session, cast)
    proof = make_proof(session, cast, file, dated="2025-03-01")
    with pytest.raises(ProofTooOld, match="2025-03-02 or later"):
        propose(session, file, BELOW, proof.id, "按现时收入重新认定", actor=cast.keeper.actor, on=MONDAY)
    row = determine(session, cast, file)
    with pytest.raises(ProofTooOld):
        confirm(session, row, actor=cast.approver.actor, on=MONDAY.replace(year=MONDAY.year + 2))


def test_a_class_rests_on_no_other_paper_of_the_file(session: Session, cast: Cast) -> None:
    set_line(session, cast)
    file = make_file(session, cast)
    booklet = make_proof(session, cast, file, "户口簿", document_type="identity_proof")
    of_others = make_proof(session, cast, make_file(session, cast, number=NUMBERS[1], name="陈小海"))
    bare = make_item(session, file, cast.keeper.actor, "收入证明", document_type="income_proof")
    for document, refused in ((booklet, NoIncomeProof), (of_others, ProofGone), (bare, ProofNotAtHand)):
        with pytest.raises(refused) as told:
            propose(session, file, BELOW, document.id, "按现时收入重新认定", actor=cast.keeper.actor, on=MONDAY)
        assert (told.value.article, told.value.field) == (1, "document")


def test_a_class_is_confirmed_on_proofs_that_are_still_what_they_were(session: Session, cast: Cast) -> None:
    set_line(session, cast)
    file, actor = make_file(session, cast), cast.keeper.actor
    adjust(session, file, actor, MONDAY, monthly_income_per_head=Decimal("800.00"))
    sickness = make_proof(session, cast, file, "病历", document_type="medical_record")

    def described(item: Item, **said: object) -> None:
        describe(session, item, description(item.title, **said), actor=actor, on=MONDAY)

    def proven(row: Determination) -> Item:
        return session.get_one(Item, row.assessment["inputs"]["item"])

    def lost(row: Determination) -> None:
        of_item = DigitalObject.item_id == proven(row).id
        session.scalars(select(DigitalObject).where(of_item)).one().destroyed_at = NOON

    changes: list[tuple[Callable[[Determination], None], type[RuleViolation]]] = [
        (lambda row: described(proven(row), document_type="income_proof", dated="2026-02-01"), FiguresChanged),
        (lambda row: described(proven(row), document_type="survey_form"), NoIncomeProof),
        (lost, ProofNotAtHand),
        (lambda row: cancel_collecting(session, proven(row), "误收", actor=actor), ProofGone),
        (lambda _row: described(sickness, document_type="survey_form"), CauseUnproven),
    ]
    for change, refused in changes:
        row = determine(session, cast, file)
        change(row)
        with pytest.raises(refused):
            confirm(session, row, actor=cast.approver.actor, on=MONDAY)
        refuse(session, row, "证明材料已变动", actor=actor, on=MONDAY)


def test_a_class_rests_on_who_belongs_to_the_household(session: Session, cast: Cast) -> None:
    set_line(session, cast)
    file, actor = make_file(session, cast), cast.keeper.actor
    child = MemberEntry("周小河", Relation.CHILD, NUMBERS[3])
    row = determine(session, cast, file)
    member = join_household(session, file, child, actor=actor, on=MONDAY)
    with pytest.raises(FiguresChanged):
        confirm(session, row, actor=cast.approver.actor, on=MONDAY)
    refuse(session, row, "家庭成员已变更", actor=actor, on=MONDAY)
    confirm(session, determine(session, cast, file), actor=cast.approver.actor, on=MONDAY)
    assert not is_to_be_determined(session, file, MONDAY)
    leave_household(session, file, member.id, actor=actor, on=MONDAY, today=MONDAY)
    assert file.household is not None
    assert (is_to_be_determined(session, file, MONDAY), file.household.anew_because) == (True, Anew.MEMBERS)


def test_a_household_without_an_income_on_record_is_not_determined(session: Session, cast: Cast) -> None:
    set_line(session, cast)
    file = make_file(session, cast)
    adjust(session, file, cast.keeper.actor, MONDAY, monthly_income_per_head=None)
    with pytest.raises(IncomeUnknown):
        determine(session, cast, file)


def test_a_class_is_proposed_and_confirmed_in_the_browser(database: Database, signed_in: SignedIn) -> None:
    with database.begin() as session:
        cast = find_cast(session)
        set_line(session, cast)
        file = make_file(session, cast)
        file_id, proof = file.id, make_proof(session, cast, file).id
    keeper, approver = signed_in("keeper"), signed_in("approver")
    for who in (keeper, approver):
        assert f"/files/{file_id}" in who.get("/files?category=original&state=active&flaw=undetermined").text
    said = {
        "document": str(proof),
        "months_below": "8",
        "relief": "no",
        "still_hard": "yes",
        "grounds": "导入后首次认定",
    }
    said |= dict.fromkeys([each.value for each in Exclusion], "no")
    path = f"/files/{file_id}/determinations/new"
    assert "Monthly income per head" in keeper.get(path).text
    assert keeper.post(path, data=said | {"document": ""}).status_code == 422
    page = keeper.post(path, data=said).location
    assert keeper.get(path).location == page
    assert "Confirm the class" not in keeper.get(page).text
    assert re.sub(r"\s+", " ", approver.get("/determinations").text).count(page) == 2
    assert "Confirm the class" in approver.get(page).text
    assert approver.post(f"{page}/confirmation").status_code == 303
    assert "Below the line, without relief" in keeper.get(f"/files/{file_id}").text
    assert page in keeper.get(f"/files/{file_id}/course").text
    assert "Below the line, without relief" in keeper.get(f"/files/{file_id}/household").text.split("Changes so far")[1]
    assert f"/files/{file_id}" not in keeper.get("/files?category=original&state=active&flaw=undetermined").text
