"""The straight way and the ways back: who takes which step, in which order, and what stays on record."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from accounts.roles import OPERATOR, Role
from accounts.services import close_account, end_role, grant_role
from audit import AuditEntry
from audit.words import known_actions
from classification.hardship import HardshipClass
from records.files.errors import DatedAhead, NotTheKeepersUnit
from records.files.models import Item
from records.files.services import keeper_of
from records.holdings.fixity import check_objects
from records.holdings.models import DigitalObject
from records.households.models import Member, Relation
from records.households.services import MemberEntry
from records.workflow.comparing import compare
from records.workflow.course import IN_CHAIN, mine, part_of, steps_of, visible_application, visible_applications
from records.workflow.deciding import decide, submit
from records.workflow.drafting import add_document, change, correct, documents_of, drop, drop_document, enter_member
from records.workflow.errors import (
    AlreadyApplying,
    DocumentNamed,
    DocumentsMissing,
    KeeperUnclear,
    NotAPhotograph,
    NotToThisStep,
    NotYourStep,
    ProofLapsed,
    ProvenBeforeNotice,
    RulesChanged,
    SameBytes,
    SamePersonAgain,
    WrongStep,
)
from records.workflow.models import Act, Application, ApplicationPart, ApplicationStep, Part, Refusal, State
from records.workflow.notice import notice_to_print, notices_of, objections_of
from records.workflow.procedure import keeper_to_be, lodge, review, verify
from records.workflow.returning import refuse, returnable, send_back, withdraw_application
from records.workflow.sheets import Printer, notice_sheet, opinions_sheet
from rules.services import set_rule
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, NUMBERS, Cast
from tests.printing import paper
from tests.records.workflow.office import (
    AFTER,
    LINE,
    Desk,
    add_required,
    at,
    bring_to,
    document,
    entry,
    lodged,
    make_draft,
    make_ready,
    make_statements,
    matching,
    photograph,
    posted,
    submitted,
)
from web.rules import NotVisible


def test_the_straight_way_opens_an_active_file_with_everything_gathered(
    session: Session, desk: Desk, store: FolderStore
) -> None:
    application = submitted(session, desk)
    file, copy = lodged(session, desk, application, store)
    assert file.active
    assert file.unit is desk.workplace
    assert keeper_of(session, file) is desk.keeper
    assert application.household.hardship_class == application.hardship_class is not None
    items = session.scalars(select(Item).where(Item.file_id == file.id)).all()
    assert len(items) == copy.documents_count == len(documents_of(session, application))
    [scan] = session.scalars(select(DigitalObject)).all()
    assert scan.item.document_type == "notice_photo"
    assert [step.act for step in steps_of(session, application)] == [
        Act.DRAFTED,
        Act.SUBMITTED,
        Act.POSTED,
        Act.CLOSED,
        Act.VERIFIED,
        Act.REVIEWED,
        Act.LODGED,
    ]


def test_no_step_says_yes_to_an_income_whose_proof_has_become_too_old(
    session: Session, desk: Desk, store: FolderStore
) -> None:
    day = MONDAY + timedelta(days=365)  # the proof is of 27 February
    application = submitted(session, desk)
    for state, step in steps_ahead(session, desk, day):
        bring_to(session, desk, application, state, store)
        with pytest.raises(ProofLapsed, match="has become too old: on 2027-03-02") as refused:
            step(application)
        assert (application.state, refused.value.article) == (state, 1)
    send_back(session, application, State.DRAFT, reason="收入证明过期", actor=desk.officer.actor, at=at(day), on=day)
    judged = submitted(session, desk, entry(NUMBERS[1], "韩东陵"), income=LINE)
    with pytest.raises(ProofLapsed):
        judge(session, desk, judged, day)


def test_no_step_says_yes_to_what_was_assessed_by_a_line_that_was_set_anew_for_its_day(
    session: Session, cast: Cast, desk: Desk, store: FolderStore
) -> None:
    """A paper of the start of the year comes late; the assessment goes by the line of its day all the same (art. 3)."""
    application = submitted(session, desk)
    judged = submitted(session, desk, entry(NUMBERS[1], "韩东陵"), income=LINE)
    late = {"in_force_from": date(2026, 1, 1), "because": "文件迟到", "actor": OPERATOR, "at": at(AFTER)}

    def ruled(line: str, source: str) -> None:
        set_rule(session, cast.city, "subsistence_line", line, source=source, **late)  # type: ignore[arg-type]

    ruled("400", "渝民发〔2025〕9号")
    with pytest.raises(RulesChanged):
        judge(session, desk, judged, MONDAY)
    with pytest.raises(RulesChanged):
        posted(session, desk, application)
    for state, step in steps_ahead(session, desk, AFTER):
        ruled(LINE, f"重发 {state}")  # the same value by another paper changes nothing
        bring_to(session, desk, application, state, store)
        ruled("400", f"更正 {state}")
        with pytest.raises(RulesChanged, match=r"400\.00, no longer 700\.00") as refused:
            step(application)
        assert (application.state, refused.value.article) == (state, 3)
    send_back(session, application, State.DRAFT, reason="标准已变", actor=desk.officer.actor, at=at(AFTER), on=AFTER)
    submit(session, application, actor=desk.keeper.actor, at=at(AFTER), on=AFTER)
    assert application.state is State.REFUSED  # 600 yuan, by the line of 400


def steps_ahead(session: Session, desk: Desk, on: date) -> list[tuple[State, Callable[[Application], object]]]:
    """Verification, review and lodgement on a day, each with the state it is taken in."""
    then, desk_of = at(on), {"verify": desk.verifier.actor, "review": desk.reviewer.actor, "lodge": desk.officer.actor}
    return [
        (State.VERIFICATION, lambda one: verify(session, one, opinion="属实", actor=desk_of["verify"], at=then, on=on)),
        (State.REVIEW, lambda one: review(session, one, opinion="同意", actor=desk_of["review"], at=then, on=on)),
        (State.LODGEMENT, lambda one: lodge(session, one, place="二号柜", actor=desk_of["lodge"], at=then, on=on)),
    ]


def judge(session: Session, desk: Desk, application: Application, on: date) -> None:
    """Admit an income on the line."""
    found = HardshipClass.SLIGHTLY_ABOVE
    decide(session, application, admitted=found, reason="收入恰为标准", actor=desk.leader.actor, at=at(on), on=on)


def test_every_step_stands_in_the_chain(session: Session, desk: Desk, store: FolderStore) -> None:
    application = submitted(session, desk)
    lodged(session, desk, application, store)
    session.commit()
    actions = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_kind == "application")).all()
    for act in ("drafted", "submitted", "posted", "closed", "verified", "reviewed", "lodged"):
        assert f"application.{act}" in actions


def test_every_act_has_words_in_the_chain() -> None:
    assert set(IN_CHAIN.values()) <= known_actions().keys()


def test_no_step_is_taken_at_the_step_of_another(session: Session, desk: Desk, store: FolderStore) -> None:
    application = submitted(session, desk)
    for act, who in ((verify, desk.verifier), (review, desk.reviewer)):
        with pytest.raises(WrongStep, match="is at the step"):
            act(session, application, opinion=None, actor=who.actor, at=NOON, on=MONDAY)
    with pytest.raises(WrongStep):
        lodge(session, application, place="二号柜", actor=desk.officer.actor, at=NOON, on=MONDAY)
    with pytest.raises(WrongStep):
        submit(session, application, actor=desk.keeper.actor, at=NOON, on=MONDAY)


def test_steps_are_never_altered(session: Session, desk: Desk) -> None:
    submitted(session, desk)
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text("UPDATE application_step SET reason = 'x'"))


def test_who_is_not_of_the_step_is_told_whose_it_is(session: Session, desk: Desk, store: FolderStore) -> None:
    application = bring_to(session, desk, submitted(session, desk), State.VERIFICATION, store)
    with pytest.raises(NotYourStep, match="Verifier, 机械厂工会"):
        verify(session, application, opinion=None, actor=desk.reviewer.actor, at=NOON, on=AFTER)
    bring_to(session, desk, application, State.REVIEW, store)
    with pytest.raises(NotYourStep, match="Reviewer"):
        review(session, application, opinion=None, actor=desk.verifier.actor, at=NOON, on=AFTER)
    bring_to(session, desk, application, State.LODGEMENT, store)
    with pytest.raises(NotYourStep, match="Aid centre officer"):
        lodge(session, application, place="二号柜", actor=desk.reviewer.actor, at=NOON, on=AFTER)


def test_a_return_leads_back_only(session: Session, desk: Desk, store: FolderStore) -> None:
    application = bring_to(session, desk, submitted(session, desk), State.VERIFICATION, store)
    assert returnable(application) == [State.DRAFT, State.SUBMITTED]
    for to in (State.VERIFICATION, State.REVIEW, State.LODGEMENT, State.LODGED):
        with pytest.raises(NotToThisStep):
            send_back(session, application, to, reason="再核", actor=desk.verifier.actor, at=NOON, on=AFTER)


def test_the_maker_takes_an_application_back_to_fill_it_in_anew(
    session: Session, desk: Desk, store: FolderStore
) -> None:
    application = bring_to(session, desk, submitted(session, desk), State.REVIEW, store)
    send_back(session, application, State.DRAFT, reason="漏填成员", actor=desk.keeper.actor, at=NOON, on=AFTER)
    assert application.state is State.DRAFT
    with pytest.raises(WrongStep):
        send_back(session, application, State.DRAFT, reason="再来", actor=desk.keeper.actor, at=NOON, on=AFTER)


def test_a_notice_returned_to_is_posted_anew_and_the_old_one_stays_on_record(
    session: Session, desk: Desk, store: FolderStore
) -> None:
    application = bring_to(session, desk, submitted(session, desk), State.VERIFICATION, store)
    send_back(
        session, application, State.SUBMITTED, reason="公示地点不当", actor=desk.verifier.actor, at=NOON, on=AFTER
    )
    posted(session, desk, application, on=AFTER)
    first, second = notices_of(session, application)
    assert first.closed_on == AFTER
    assert (second.posted_on, second.last_on) == (AFTER, AFTER + timedelta(days=7))


def test_a_refusal_in_the_procedure_lands_in_the_register_and_frees_the_household(
    session: Session, desk: Desk, store: FolderStore
) -> None:
    application = bring_to(session, desk, submitted(session, desk), State.VERIFICATION, store)
    refuse(session, application, reason="住房情况不实", actor=desk.verifier.actor, at=NOON, on=AFTER)
    [refusal] = session.scalars(select(Refusal)).all()
    assert (refusal.reason, refusal.article, refusal.refused_by) == ("住房情况不实", 12, desk.verifier)
    assert application.state is State.REFUSED
    make_draft(session, desk)


def test_an_applicant_may_withdraw_at_any_step_and_apply_again(
    session: Session, desk: Desk, store: FolderStore
) -> None:
    application = posted(session, desk, submitted(session, desk))
    withdraw_application(session, application, reason="本人撤回", actor=desk.keeper.actor, at=NOON, on=MONDAY)
    assert application.state is State.WITHDRAWN
    assert notices_of(session, application)[0].cancelled_on == MONDAY
    make_draft(session, desk)


def test_a_stranger_neither_sees_nor_changes_an_application(session: Session, desk: Desk) -> None:
    application = make_ready(session, desk)
    with pytest.raises(NotVisible):
        visible_application(session, application.id, desk.other_keeper.actor)
    with pytest.raises(NotTheKeepersUnit):
        submit(session, application, actor=desk.other_keeper.actor, at=NOON, on=MONDAY)


def test_a_superior_reads_but_does_not_change(session: Session, cast: Cast, desk: Desk) -> None:
    application = make_ready(session, desk)
    assert visible_application(session, application.id, cast.supervisor.actor) is application
    with pytest.raises(NotTheKeepersUnit):
        submit(session, application, actor=cast.keeper.actor, at=NOON, on=MONDAY)


def test_my_step_comes_first(session: Session, desk: Desk, store: FolderStore) -> None:
    application = submitted(session, desk)

    def waits_for(who: str) -> bool:
        actor = getattr(desk, who).actor
        return session.scalar(visible_applications(actor).where(mine(actor))) is not None

    waiting = {
        State.SUBMITTED: "keeper",
        State.VERIFICATION: "verifier",
        State.REVIEW: "reviewer",
        State.LODGEMENT: "officer",
    }
    for state, who in waiting.items():
        bring_to(session, desk, application, state, store)
        assert [each for each in waiting.values() if waits_for(each)] == [who]


def test_in_a_union_of_two_the_verification_goes_to_the_superior(
    session: Session, cast: Cast, desk: Desk, store: FolderStore
) -> None:
    [grant] = desk.verifier.active_grants
    end_role(session, desk.verifier, grant, actor=OPERATOR, at=NOON)
    grant_role(session, desk.keeper, Role.VERIFIER, desk.workplace.path, actor=OPERATOR, at=NOON)
    grant_role(session, cast.street_keeper, Role.VERIFIER, desk.street.path, actor=OPERATOR, at=NOON)
    session.expire_all()
    application = bring_to(session, desk, submitted(session, desk), State.VERIFICATION, store)
    assert application.verifying_unit is desk.street
    with pytest.raises(NotYourStep, match="河街道总工会"):
        verify(session, application, opinion=None, actor=desk.keeper.actor, at=NOON, on=AFTER)
    verify(session, application, opinion=None, actor=cast.street_keeper.actor, at=NOON, on=AFTER)
    assert application.state is State.REVIEW


def test_a_person_of_an_application_under_way_is_not_entered_again(session: Session, desk: Desk) -> None:
    make_draft(session, desk)
    other = entry(NUMBERS[1], "王小明", MemberEntry("周大河", Relation.PARENT, NUMBERS[0]))
    with pytest.raises(AlreadyApplying, match=r"is in the application JD-2026-0001 of 机械厂工会, entered by 吴建"):
        make_draft(session, desk, other)


def test_the_database_lets_nobody_act_in_two_parts(session: Session, desk: Desk) -> None:
    application = submitted(session, desk)
    application.verifier_id = desk.keeper.id
    with pytest.raises(DBAPIError, match="different_people"):
        session.flush()


def test_the_database_lets_no_step_be_skipped(session: Session, desk: Desk) -> None:
    application = submitted(session, desk)
    session.add(
        ApplicationStep(
            application_id=application.id, position=9, act=Act.LODGED, part=Part.OFFICER, from_state=State.SUBMITTED,
            to_state=State.LODGED, user_id=desk.officer.id, at=NOON,
        )
    )  # fmt: skip
    with pytest.raises(DBAPIError, match="no_step_skipped"):
        session.flush()


def test_the_database_lets_nothing_be_lodged_unverified(session: Session, desk: Desk) -> None:
    application = submitted(session, desk)
    application.state = State.LODGEMENT
    with pytest.raises(DBAPIError, match=r"reviewed_first|verified_first"):
        session.flush()


def test_the_photograph_of_a_notice_is_a_picture_taken_while_it_hangs(
    session: Session, desk: Desk, store: FolderStore
) -> None:
    application = submitted(session, desk)
    photo = document("notice_photo", "公示现场照片", dated="2026-03-02")
    with pytest.raises(NotAPhotograph):
        add_document(
            session, application, photo, arrived=photograph(store), actor=desk.keeper.actor, at=NOON, on=MONDAY
        )
    posted(session, desk, application)
    with pytest.raises(NotAPhotograph):
        add_document(session, application, photo, actor=desk.keeper.actor, at=NOON, on=MONDAY)
    add_document(session, application, photo, arrived=photograph(store), actor=desk.keeper.actor, at=NOON, on=MONDAY)
    with pytest.raises(SameBytes):
        add_document(
            session, application, photo, arrived=photograph(store), actor=desk.keeper.actor, at=NOON, on=MONDAY
        )


def test_what_proves_a_notice_is_not_older_than_the_notice(session: Session, desk: Desk, store: FolderStore) -> None:
    application = make_draft(session, desk)
    add_required(session, desk, application, without=("notice_proof",))
    early, actor = document("notice_proof", "公示证明材料", dated="2026-03-01"), desk.keeper.actor
    add_document(session, application, early, actor=actor, at=NOON, on=MONDAY)
    make_statements(session, desk, application)
    submit(session, application, actor=actor, at=NOON, on=MONDAY)
    posted(session, desk, application)
    photo = document("notice_photo", "公示现场照片", dated="2020-01-01")
    for proof, scan in ((early, None), (photo, photograph(store))):
        with pytest.raises(ProvenBeforeNotice) as refused:
            add_document(session, application, proof, arrived=scan, actor=actor, at=NOON, on=MONDAY)
        assert (refused.value.field, refused.value.article) == ("dated", 12)
    with pytest.raises(DocumentsMissing, match="Proof of public notice"):
        bring_to(session, desk, application, State.LODGED, store)


@pytest.mark.parametrize("dated", ["2030-01-01", "2026-03-03", "2026-04", "2027"])
def test_a_document_is_not_of_the_future(session: Session, desk: Desk, dated: str) -> None:
    application = make_draft(session, desk)
    with pytest.raises(DatedAhead) as refused:
        add_document(session, application, document(dated=dated), actor=desk.keeper.actor, at=NOON, on=MONDAY)
    assert refused.value.field == "dated"


def test_a_document_that_supports_a_statement_stays(session: Session, desk: Desk) -> None:
    application = make_ready(session, desk)
    first, second = documents_of(session, application)[:2]
    with pytest.raises(DocumentNamed):
        drop_document(session, first, actor=desk.keeper.actor)
    drop_document(session, second, actor=desk.keeper.actor)
    assert second not in documents_of(session, application)


def test_who_acted_once_acts_in_no_other_part_after_a_return(session: Session, desk: Desk, store: FolderStore) -> None:
    application = bring_to(session, desk, submitted(session, desk), State.REVIEW, store)
    send_back(session, application, State.DRAFT, reason="补材料", actor=desk.reviewer.actor, at=NOON, on=AFTER)
    grant_role(session, desk.verifier, Role.KEEPER, desk.workplace.path, actor=OPERATOR, at=NOON)
    session.expire_all()
    with pytest.raises(SamePersonAgain, match="何实 has acted in JD-2026-0001 as Verifier"):
        submit(session, application, actor=desk.verifier.actor, at=at(AFTER), on=AFTER)
    assert session.get_one(Application, application.id).maker_id == desk.keeper.id
    assert steps_of(session, application)[-1].part is Part.REVIEWER


def test_who_filled_in_anything_of_an_application_does_not_verify_it(
    session: Session, cast: Cast, desk: Desk, store: FolderStore
) -> None:
    second = replace(desk, keeper=desk.second_keeper)
    actor = desk.second_keeper.actor
    application = make_ready(session, desk)
    newborn = MemberEntry("周小河", Relation.CHILD, "")
    household = application.household

    def member(number: int) -> Member:
        return sorted(household.present_members, key=lambda each: each.id)[number]

    def changed() -> None:
        change(
            session, application, address="河街道 2 号", employment=household.employment, employer=household.employer,
            main_cause=household.main_cause, phone=None, origin=application.origin, applied_on=MONDAY, other_causes=[],
            fallback_reason=None, actor=actor, on=MONDAY,
        )  # fmt: skip

    pen: list[Callable[[], object]] = [
        changed,
        lambda: enter_member(session, application, newborn, actor=actor, on=MONDAY),
        lambda: correct(session, application, member(1), replace(newborn, name="周新河"), actor=actor, on=MONDAY),
        lambda: drop(session, application, member(1), actor=actor),
        lambda: add_document(session, application, document(title="补充材料"), actor=actor, at=NOON, on=MONDAY),
        lambda: drop_document(session, documents_of(session, application)[-1], actor=actor),
        lambda: make_statements(session, second, application, income="1.00"),
        lambda: matching(session, second, application),
    ]
    for write in pen:
        write()
        assert part_of(session, application, actor.user_id) is Part.MAKER
        if write is not pen[-1]:
            taken = session.scalars(select(ApplicationPart).where(ApplicationPart.user_id == actor.user_id)).one()
            session.delete(taken)
            session.flush()
    assert application.maker_id == desk.keeper.id
    submit(session, application, actor=desk.keeper.actor, at=NOON, on=MONDAY)
    bring_to(session, desk, application, State.VERIFICATION, store)
    grant_role(session, desk.second_keeper, Role.VERIFIER, desk.workplace.path, actor=OPERATOR, at=NOON)
    session.expire_all()
    with pytest.raises(SamePersonAgain, match="吴档 has acted in JD-2026-0001 as Maker"):
        verify(session, application, opinion="属实", actor=desk.second_keeper.actor, at=at(AFTER), on=AFTER)
    assert (
        session.scalars(visible_applications(desk.second_keeper.actor).where(mine(desk.second_keeper.actor))).all()
        == []
    )


def test_who_verified_writes_nothing_into_the_application(session: Session, desk: Desk, store: FolderStore) -> None:
    application = bring_to(session, desk, submitted(session, desk), State.REVIEW, store)
    grant_role(session, desk.verifier, Role.KEEPER, desk.workplace.path, actor=OPERATOR, at=NOON)
    session.expire_all()
    with pytest.raises(SamePersonAgain, match="as Verifier") as refused:
        add_document(session, application, document(), actor=desk.verifier.actor, at=NOON, on=MONDAY)
    assert refused.value.article == 12


def test_a_file_is_opened_in_the_custody_of_somebody_who_keeps_there(
    session: Session, desk: Desk, store: FolderStore
) -> None:
    application = bring_to(session, desk, submitted(session, desk), State.LODGEMENT, store)
    matching(session, desk, application)
    third = desk.second_keeper
    grant_role(session, desk.leader, Role.KEEPER, desk.workplace.path, actor=OPERATOR, at=NOON)
    close_account(session, desk.keeper, actor=OPERATOR, at=NOON)
    session.expire_all()
    with pytest.raises(KeeperUnclear, match="吴建 keeps no files of 机械厂工会 any more") as refused:
        lodge(session, application, place="二号柜", actor=desk.officer.actor, at=at(AFTER), on=AFTER)
    assert refused.value.article == 16
    compare(session, application, actor=third.actor, at=NOON)
    assert keeper_to_be(session, application) is third
    for grant in desk.leader.active_grants:
        if grant.role is Role.KEEPER:
            end_role(session, desk.leader, grant, actor=OPERATOR, at=NOON)
    session.delete(session.scalars(select(ApplicationPart).where(ApplicationPart.user_id == third.id)).one())
    session.flush()
    session.expire_all()
    lodge(session, application, place="二号柜", actor=desk.officer.actor, at=at(AFTER), on=AFTER)
    assert application.file is not None
    assert keeper_of(session, application.file) is third


def test_what_is_scanned_for_an_application_is_no_stray_byte(session: Session, desk: Desk, store: FolderStore) -> None:
    application = posted(session, desk, submitted(session, desk))
    photo = document("notice_photo", "公示现场照片", dated="2026-03-02")
    add_document(session, application, photo, arrived=photograph(store), actor=desk.keeper.actor, at=NOON, on=MONDAY)
    photograph(store, b"of an upload that broke off")
    later = datetime.now(UTC) + timedelta(days=1)
    assert len(check_objects(session, store, before=later).stray) == 1


def test_a_print_tells_what_was_found_and_what_hung_and_nothing_of_before_it_was_filled_in_anew(
    session: Session, desk: Desk, store: FolderStore
) -> None:
    """Class, notice and assessment on one sheet go together; the days are blank until the notice hangs (art. 6, 12)."""

    def prints() -> tuple[str, str]:
        notice, printer = notice_to_print(session, application), Printer("zh", NOON)
        hung = notice_sheet(printer, application, notice)
        of_it = steps_of(session, application), notices_of(session, application), objections_of(session, application)
        return paper.words(hung.pdf), paper.words(opinions_sheet(printer, application, *of_it).pdf)

    application = bring_to(session, desk, submitted(session, desk), State.VERIFICATION, store)
    first = f"{MONDAY}—{MONDAY + timedelta(days=7)}"
    keeper, found = desk.keeper.actor, application.hardship_class
    assert found is not None
    send_back(session, application, State.DRAFT, reason="须核", actor=desk.verifier.actor, at=at(AFTER), on=AFTER)
    assert (application.hardship_class, application.decided_on) == (None, None)
    assert application.assessment is application.rules is None
    application.household.worker.person.name = "周改名"
    notice, sheet = prints()
    assert all(said in notice for said in (first, "周大河", found.label.zh))
    assert not any(said in sheet for said in (found.label.zh, LINE, f"公示结果{MONDAY}"))
    submit(session, application, actor=keeper, at=at(AFTER), on=AFTER)
    notice, sheet = prints()
    assert "____-__-__" in notice
    assert "周改名" in notice
    assert f"认定日期{AFTER}" in sheet
    assert f"公示结果{MONDAY}" not in sheet
    posted(session, desk, application, on=AFTER)
    notice, sheet = prints()
    assert f"公示期限{AFTER}" in notice
    assert f"公示结果{AFTER}" in sheet
