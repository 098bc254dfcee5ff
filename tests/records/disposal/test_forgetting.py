"""What a destroyed household file leaves in the rooms it has passed through: that it was there, and of whom nothing."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.files.living import TwinChange, TwinDuty
from records.files.models import WithdrawalReason
from records.files.services import withdraw
from records.files.stubs import reduce_file
from records.workflow.models import (
    AidSystemRecord,
    Application,
    ApplicationDocument,
    LodgedCopy,
    Statement,
)
from storage.objects import FolderStore
from storage.sealing import vault_of
from tests.cast import NUMBERS, Cast
from tests.records.workflow.office import AFTER, lodged, make_desk, submitted

END = date(2037, 7, 3)
NUMBER = "XH-2037-0001"


def destroyed(session: Session, cast: Cast, store: FolderStore) -> Application:
    """A lodged household, withdrawn at once and destroyed ten years later."""
    desk = make_desk(session, cast)
    file, _ = lodged(session, desk, submitted(session, desk), store)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=desk.keeper.actor, on=AFTER, today=AFTER)
    reduce_file(session, file, NUMBER, on=END)
    session.flush()
    session.expire_all()
    return session.scalars(select(Application)).one()


def test_a_destroyed_file_leaves_no_content_in_its_application(
    session: Session, cast: Cast, store: FolderStore
) -> None:
    application = destroyed(session, cast, store)
    assert (application.assessment, application.hardship_class, application.other_causes) == ({}, None, [])
    assert session.scalars(select(Statement)).all() == []
    assert set(session.scalars(select(ApplicationDocument.title))) == {"—"}
    assert set(session.scalars(select(ApplicationDocument.key))) == {None}


def test_the_set_lodged_at_the_centre_ends_with_the_file_and_where_it_lay_stays(
    session: Session, cast: Cast, store: FolderStore
) -> None:
    destroyed(session, cast, store)
    lodged_copy = session.scalars(select(LodgedCopy)).one()
    assert (lodged_copy.place, lodged_copy.destroyed_on, lodged_copy.destroyed_under) == ("二号柜", END, NUMBER)


def test_what_the_aid_system_said_goes_with_the_file(session: Session, cast: Cast, store: FolderStore) -> None:
    destroyed(session, cast, store)
    record = session.scalars(select(AidSystemRecord)).one()
    assert record.number_blind != vault_of(session).blind(NUMBERS[0])
    assert record.values_sealed == ""


def test_a_duty_still_open_ends_with_the_file_and_nothing_has_followed(
    session: Session, cast: Cast, store: FolderStore
) -> None:
    destroyed(session, cast, store)
    duties = session.scalars(select(TwinDuty)).all()
    assert {(duty.closed_on, duty.done_on, duty.evidence) for duty in duties} == {(END, None, NUMBER)}
    assert set(session.scalars(select(TwinChange.what))) == {"—"}
