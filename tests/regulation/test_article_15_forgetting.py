"""Article 15: of a destroyed household file a stub stays; nothing else in the database tells whose it was (PIPL)."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest
from cryptography.fernet import InvalidToken
from flask import Flask
from sqlalchemy import String, cast, select, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

import app as _every_room  # noqa: F401 - each registers what it forgets
import audit
from audit import AuditEntry
from audit.models import UseEntry
from audit.words import action_words, field_words
from classification.categories import Category
from records.aid.models import AidKind
from records.aid.services import AidEntry, give_aid, strike_aid
from records.browse.history import of_file, tell
from records.closing.models import TransferReason
from records.closing.transfers import propose, refuse
from records.consultation.models import SealedRemoval
from records.consultation.sealed import sealed_faults
from records.exchange.models import ImportKind, ImportRun, RunState
from records.files.duties import note_by_hand
from records.files.living import ReviewGround
from records.files.models import File, Item, WithdrawalReason
from records.files.notes import NoteEntry, write_note
from records.files.services import withdraw
from records.files.stubs import reduce_file, reduce_item
from records.files.withdrawals import keep_after_review, suggest_withdrawal
from records.files.yearly import YearlyEntry, describe_empty_file
from records.holdings.boxes import MOVED, add_box, move_box
from records.holdings.copies import REGISTERED, move_copy, register_copy
from records.holdings.models import ByteRemoval, DigitalObject, Movement, ObjectText, PlaceKind
from records.holdings.places import add_place
from records.holdings.removal import order_removal
from records.households.models import Person, Relation
from records.households.services import MemberEntry
from records.notices.models import Notice
from records.notices.services import tell_of_entry, tell_what_is_due
from records.supervision.incidents import add_step, close_incident, report_incident
from records.supervision.inspections import add_finding, decide, reply
from records.supervision.models import Decision, IncidentKind, Outcome, StepKind
from records.upkeep.clean_up import note_result, start_clean_up
from records.upkeep.models import CleanUpLine, CleanUpResult
from records.workflow.comparing import compare
from records.workflow.models import Application, ApplicationStep, Comparison, LodgedCopy, State
from records.workflow.notice import note_objection, resolve_objection
from records.workflow.returning import send_back
from storage.database import Base
from storage.media import Workshop
from storage.objects import FolderStore
from storage.sealing import vault_of
from tests.cast import MONDAY, NOON, NUMBERS, Cast, make_yearly_file
from tests.printing import paper
from tests.records.disposal.office import register_paper
from tests.records.holdings.makers import TEN_YEARS
from tests.records.supervision.office import DEADLINE, inspect
from tests.records.workflow.conftest import desk
from tests.records.workflow.office import AFTER, Desk, at, bring_to, entry, matching, posted, submitted
from tests.regulation.appraised import appraise_file
from tests.regulation.asked_about import Household, Rooms, ask_about
from tests.regulation.in_step import adjust
from web.language import gettext

__all__ = ["desk"]  # fixtures

NAME, CHILD, ADDRESS, PHONE = "欧阳独行", "欧阳小满", "桂花巷 77 号 3 室", "13800004517"
NEW_NAME, NEW_ADDRESS = "司马大满", "腊梅里 5 号"  # of the child and the household, since they changed
TELLING = (NAME, CHILD, ADDRESS, PHONE, *NUMBERS[:2], NEW_NAME, NEW_ADDRESS)
TOLD = f"{NAME}住{ADDRESS}，身份证{NUMBERS[0]}，电话{PHONE}，其子{CHILD}"
CHAINS = {"audit_entry", "use_entry"}  # what was written there is never taken back


def said_of(session: Session) -> Iterator[str]:
    """Every column of every table but the chains that says a word of the household, as table.column.

    What is sealed is opened, and what stands for a number without telling it counts as the number.
    """
    vault = vault_of(session)
    telling = (*TELLING, *(vault.blind(number) for number in NUMBERS[:2]))
    for table in Base.metadata.sorted_tables:
        if table.name in CHAINS:
            continue
        for column in table.columns:
            texts = session.scalars(select(cast(column, String)).where(column.is_not(None))).all()
            if column.name.endswith("_sealed"):
                texts = [vault.unseal(text) for text in texts if text]
            if any(word in text for text in texts for word in telling):
                yield f"{table.name}.{column.name}"


def stored_of(session: Session, store: FolderStore) -> Iterator[str]:
    """Every key under which bytes are stored that say a word of the household, opened where they are sealed."""
    for key in [stored.key for stored in store.keys()]:  # noqa: SIM118 - a store, no mapping
        with store.open(key) as stream:
            content = stream.read()
        with suppress(InvalidToken):
            content = vault_of(session).unseal_bytes(content)
        text = content.decode(errors="ignore")
        if content.startswith(b"%PDF"):
            text += paper.words(content)
        if any(word.replace(" ", "") in text.replace(" ", "") for word in TELLING):
            yield key


def remove_bytes(session: Session, store: FolderStore) -> None:
    """What the worker does with what was ordered to go."""
    for key in (*session.scalars(select(ByteRemoval.key)), *session.scalars(select(SealedRemoval.key))):
        store.destroy(key)


@pytest.fixture
def whole_life(session: Session, cast: Cast, desk: Desk, store: FolderStore, workshop: Workshop) -> File:
    """A file that came through the whole procedure, with a word of the household in every text on the way."""
    child = MemberEntry(CHILD, Relation.CHILD, NUMBERS[1])
    application = submitted(session, desk, entry(NUMBERS[0], NAME, child, address=ADDRESS))
    posted(session, desk, application)
    keeper = desk.keeper.actor
    objection = note_objection(
        session, application, raised_on=MONDAY, raised_by=NAME, text=TOLD, actor=keeper, on=MONDAY
    )
    resolve_objection(
        session, application, objection, upheld=False, resolution=TOLD, actor=desk.leader.actor, at=NOON, on=MONDAY
    )
    bring_to(session, desk, application, State.REVIEW, store)
    send_back(session, application, State.VERIFICATION, reason=TOLD, actor=desk.reviewer.actor, at=at(AFTER), on=AFTER)
    matching(session, desk, application, address=f"{ADDRESS}旁")
    compare(session, application, actor=keeper, at=NOON)
    bring_to(session, desk, application, State.LODGED, store)
    file = application.file
    assert file is not None
    note_all(session, cast, desk, file)
    change_words(session, desk, file)
    register_paper(session, file, desk.keeper)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=keeper, on=AFTER, today=AFTER, remarks=TOLD)
    ask_about(Rooms(session, desk, store, workshop), file, Household(NAME, CHILD, PHONE, TOLD))
    session.scalars(select(LodgedCopy)).one().place = f"二号柜（{NAME}）"
    appraise_file(session, desk, file, TOLD)
    session.flush()
    session.expire_all()
    return file


def note_all(session: Session, cast: Cast, desk: Desk, file: File) -> None:
    """What the rooms note of a file in the course of its life."""
    keeper, moment = desk.keeper.actor, at(AFTER)
    line = AidEntry(AFTER, AidKind.LIVING, Decimal(500), "中央财政专项帮扶资金", remarks=TOLD)
    strike_aid(session, give_aid(session, file, line, actor=keeper, at=moment, on=AFTER), TOLD, actor=keeper, on=AFTER)
    note_by_hand(session, file, TOLD, actor=keeper, on=AFTER, today=AFTER)
    keep_after_review(
        session, suggest_withdrawal(session, file, ReviewGround.HOMES, TOLD, actor=keeper, on=AFTER), TOLD,
        actor=keeper, on=AFTER,
    )  # fmt: skip
    write_note(session, file, NoteEntry(missing=TOLD), keeper=desk.keeper, actor=keeper, on=AFTER)
    offered = propose(
        session, file, cast.other_district, TransferReason.MOVED, grounds=TOLD, giver=desk.keeper, witness=desk.leader,
        at=moment,
    )  # fmt: skip
    refuse(session, offered, TOLD, actor=cast.other_keeper.actor, at=moment)
    start_clean_up(session, cast.city, 2026, due_on=AFTER, actor=cast.supervisor.actor, on=AFTER, seed="1")
    listed = session.scalars(select(CleanUpLine).where(CleanUpLine.file_id == file.id)).one()
    note_result(session, listed, CleanUpResult.CHANGE, TOLD, actor=keeper, today=AFTER)
    inspection = inspect(session, cast, unit=desk.workplace)
    finding = add_finding(
        session,
        inspection,
        TOLD,
        6,
        due_on=DEADLINE,
        codes=[file.code],
        actor=cast.supervisor.actor,
        at=NOON,
        on=MONDAY,
    )
    reply(session, finding, TOLD, actor=keeper, at=moment, on=AFTER)
    decide(session, finding, Decision.ACCEPTED, TOLD, actor=cast.supervisor.actor, at=moment, on=AFTER)
    incident = report_incident(
        session, desk.workplace, IncidentKind.DAMAGE, TOLD, found_on=AFTER, found_by=TOLD, codes=[file.code],
        actor=keeper, at=moment, on=AFTER,
    )  # fmt: skip
    add_step(session, incident, StepKind.REPORT, TOLD, addressee=TOLD, actor=keeper, on=AFTER)
    close_incident(session, incident, Outcome.HANDLED, TOLD, actor=desk.leader.actor, at=moment, on=AFTER)
    note_paper(session, desk, file)
    session.add(
        ImportRun(
            kind=ImportKind.HOUSEHOLDS, state=RunState.IMPORTED, unit_id=file.unit_id, name=f"{NAME}.xlsx", key="a",
            sha256="0" * 64, size_bytes=1, started_by=desk.keeper.id, started_at=moment, ended_at=moment,
        )
    )  # fmt: skip


def change_words(session: Session, desk: Desk, file: File) -> None:
    """The household moves, and the child has another name: what told it before is said of it in many places."""
    adjust(session, file, desk.keeper.actor, AFTER, address=NEW_ADDRESS)
    child = session.scalars(select(Person).where(Person.name == CHILD)).one()
    child.name = NEW_NAME
    audit.record(
        session, desk.keeper.name, "person.renamed", child, unit=file.unit.path, before=CHILD, after=NEW_NAME
    )  # fmt: skip
    audit.seal(session)


def note_paper(session: Session, desk: Desk, file: File) -> None:
    """Why paper of a file, and the box it lies in, were moved, told with the household's name."""
    keeper, moment = desk.keeper.actor, at(AFTER)
    room = add_place(session, desk.workplace, PlaceKind.REPOSITORY, "档案室", actor=keeper)
    shelf = add_place(session, desk.workplace, PlaceKind.ROW, "一列", actor=keeper, parent=room)
    box = add_box(
        session, room, Category.ORIGINAL, file.year, TEN_YEARS, keeper=desk.keeper, actor=keeper, at=moment, on=AFTER
    )
    item = session.scalars(select(Item).where(Item.file_id == file.id).limit(1)).one()
    copy = register_copy(session, item, room, pages_count=1, actor=keeper, at=moment, on=AFTER)
    move_copy(session, copy, box, actor=keeper, at=moment, reason=TOLD)
    move_box(session, box, shelf, actor=keeper, at=moment, reason=TOLD)


def destroy(session: Session, file: File) -> None:
    """What the destruction of a line does, the paper aside."""
    items = session.scalars(select(Item).where(Item.file_id == file.id)).all()
    objects = session.scalars(select(DigitalObject).where(DigitalObject.file_id == file.id)).all()
    session.add_all(ObjectText(object_id=row.id, text=TOLD) for row in objects)
    session.flush()
    order_removal(session, objects, at=NOON + timedelta(days=4_000))
    for item in items:
        reduce_item(item, "XH-2037-0001", on=AFTER)
    reduce_file(session, file, "XH-2037-0001", on=AFTER)
    session.flush()


def test_no_text_of_any_table_tells_whose_file_it_was(session: Session, whole_life: File) -> None:
    before = set(said_of(session))
    assert {"person.name", "household.address", "objection.text", "comparison.differences"} <= before
    assert {"application_step.reason", "incident_step.text", "finding.text", "twin_change.what"} <= before
    code = whole_life.code
    assert {"movement.reason", "import_run.name"} <= before
    assert {
        "consultation.asked",
        "consultation.undertaking_name",
        "certificate.statement",
        "redaction.reason",
    } <= before
    assert {
        "disposal_batch.decision_reason",
        "disposal_batch.end_reason",
        "disposal_signature.replaced_reason",
        "disposal_line.reason",
        "disposal_line.lodged_place",
        "disposal_hold.reason",
        "disposal_hold.lift_reason",
        "disposal_hold.separate_file",
        "lodged_copy.place",
    } <= before
    assert {"incident.found_by", "incident_step.addressee"} <= before
    assert {"inquirer.number_sealed", "inquirer.phone_sealed", "inquirer.name", "user_account.display_name"} <= before
    assert {"loan_request.purpose", "stocktake_line.outcome_text", "stocktake.cancel_reason"} <= before
    destroy(session, whole_life)
    assert list(said_of(session)) == []
    assert whole_life.code == code


def test_no_stored_byte_tells_whose_file_it_was_when_the_worker_is_through(
    session: Session, whole_life: File, store: FolderStore
) -> None:
    kept = {"letters", "certificates", "pictures"}
    assert kept <= {key.split("/")[0] for key in stored_of(session, store)}
    destroy(session, whole_life)
    remove_bytes(session, store)
    assert list(stored_of(session, store)) == []
    assert list(sealed_faults(session, store, vault_of(session))) == []


def test_the_history_of_what_was_destroyed_is_shown_without_a_word_of_the_household(
    session: Session, cast: Cast, whole_life: File, app: Flask
) -> None:
    destroy(session, whole_life)
    audit.seal(session)
    entries = session.scalars(select(AuditEntry).where(of_file(whole_life)).order_by(AuditEntry.number)).all()
    with app.test_request_context():
        told = tell(session, entries, cast.keeper.actor, on=MONDAY, admitted=True, destroyed=True)
        code_of, filed = field_words("code"), action_words("item.filed")
    codes = {detail.value for one in told if one.action == filed for detail in one.details if detail.label == code_of}
    assert codes == set(session.scalars(select(Item.code).where(Item.file_id == whole_life.id, Item.code.is_not(None))))
    assert {"file.withdrawn", "hold.placed", "hold.lifted"} <= {entry.action for entry in entries}
    said = [f"{one.subject} {detail.value} {detail.before}" for one in told for detail in one.details]
    assert said
    assert [text for text in said if any(word in text for word in TELLING)] == []


def test_the_history_of_what_was_destroyed_says_every_code_it_had(session: Session, cast: Cast, app: Flask) -> None:
    file = make_yearly_file(session, cast, Category.ACCOUNTING)
    codes = [file.code]
    again = YearlyEntry("2025年银行对账单", 2025, "enterprise.bank_statements", "04")
    describe_empty_file(session, file, again, actor=cast.keeper.actor, on=MONDAY)
    codes.append(file.code)
    audit.seal(session)
    entries = session.scalars(select(AuditEntry).where(of_file(file)).order_by(AuditEntry.number)).all()
    with app.test_request_context():
        _, described = tell(session, entries, cast.keeper.actor, on=MONDAY, admitted=True, destroyed=True)
        assert [[one.before, one.value] for one in described.details if one.label == field_words("code")] == [codes]
        assert {one.value for one in described.details} == {codes[1], gettext("withheld")}


def test_notices_and_the_use_register_name_nobody_of_the_household(session: Session, whole_life: File) -> None:
    """They are never rewritten, so that they may not say it in the first place."""
    audit.seal(session)
    for written in session.scalars(select(AuditEntry).order_by(AuditEntry.number)).all():
        tell_of_entry(session, written)
    tell_what_is_due(session, on=AFTER + timedelta(days=90), at=NOON)
    told = [json.dumps(facts, ensure_ascii=False) for facts in session.scalars(select(Notice.facts))]
    told += session.scalars(select(UseEntry.details))
    assert len(told) > 5
    assert [text for text in told if any(word in text for word in TELLING)] == []


def test_the_steps_the_people_who_acted_and_the_counts_stay(session: Session, whole_life: File) -> None:
    application = session.scalars(select(Application)).one()
    acts = [(row.act, row.user_id) for row in session.scalars(select(ApplicationStep).order_by(ApplicationStep.id))]
    counts = [row.differences_count for row in session.scalars(select(Comparison).order_by(Comparison.id))]
    destroy(session, whole_life)
    session.expire_all()
    assert application.state is State.LODGED
    assert [(r.act, r.user_id) for r in session.scalars(select(ApplicationStep).order_by(ApplicationStep.id))] == acts
    assert [row.differences_count for row in session.scalars(select(Comparison).order_by(Comparison.id))] == counts


@pytest.mark.parametrize("values", [{"reason": "另有其人"}, {"reason": "—", "position": 90}, {"reason": None}])
def test_a_reason_can_be_emptied_and_never_rewritten(
    session: Session, whole_life: File, values: dict[str, object]
) -> None:
    with pytest.raises(DatabaseError, match="append-only"), session.begin_nested():
        session.execute(update(ApplicationStep).values(values).execution_options(synchronize_session=False))


def test_of_the_path_of_its_paper_every_step_stays_and_only_telling_reasons_go(
    session: Session, whole_life: File
) -> None:
    steps = session.scalars(select(Movement.reason).order_by(Movement.id)).all()
    destroy(session, whole_life)
    session.expire_all()
    left = session.scalars(select(Movement.reason).order_by(Movement.id)).all()
    assert left == ["—" if reason == TOLD else reason for reason in steps]
    assert REGISTERED in left
    with pytest.raises(DatabaseError, match="append-only"), session.begin_nested():
        session.execute(update(Movement).values(reason=MOVED).execution_options(synchronize_session=False))
