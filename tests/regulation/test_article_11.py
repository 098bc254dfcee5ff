"""Article 11: one household, one file; during the procedure too."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from records.files.models import File
from records.files.services import open_household_file
from records.households.errors import AlreadyInActiveFile
from records.households.models import Member, Relation
from records.households.services import MemberEntry
from records.workflow.drafting import draft
from records.workflow.errors import AlreadyApplying, WrongStep
from records.workflow.models import Application, Origin, State
from records.workflow.procedure import lodge
from storage.database import Database
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, NUMBERS, Cast, household_entry, make_cast, make_file
from tests.records.files.test_one_active_file import at_the_same_instant
from tests.records.workflow.office import (
    AFTER,
    Desk,
    bring_to,
    entry,
    find_desk,
    lodged,
    make_desk,
    make_draft,
    matching,
    submitted,
)
from units.models import Unit


def test_no_person_is_in_two_active_files_in_the_whole_system(
    session: Session, cast: Cast, desk: Desk, store: FolderStore
) -> None:
    lodged(session, desk, submitted(session, desk), store)
    with pytest.raises(AlreadyInActiveFile, match="kept by 机械厂工会"):
        make_draft(session, desk)
    with pytest.raises(AlreadyInActiveFile, match="kept by 机械厂工会"):
        make_file(session, cast)


def test_who_has_a_person_is_told_already_when_an_application_is_begun(
    session: Session, cast: Cast, desk: Desk
) -> None:
    make_file(session, cast)
    with pytest.raises(AlreadyInActiveFile, match="kept by 东区总工会"):
        make_draft(session, desk)


def test_the_second_of_two_applications_is_told_who_has_the_person(session: Session, cast: Cast, desk: Desk) -> None:
    make_draft(session, desk)
    with pytest.raises(AlreadyApplying, match="of 机械厂工会, entered by 吴建"):
        draft(
            session, cast.district, entry("110105491231002"), origin=Origin.OWN, applied_on=MONDAY,
            actor=cast.keeper.actor, at=NOON, on=MONDAY,
        )  # fmt: skip


def test_a_household_counts_once_however_many_members_it_has(session: Session, desk: Desk, store: FolderStore) -> None:
    others = (
        MemberEntry("王小明", Relation.SPOUSE, NUMBERS[1]),
        MemberEntry("周小河", Relation.CHILD, NUMBERS[2]),
    )
    lodged(session, desk, submitted(session, desk, entry(NUMBERS[0], "周大河", *others)), store)
    assert session.scalar(select(func.count()).select_from(File)) == 1
    assert session.scalar(select(func.count()).select_from(Member).where(Member.active)) == 3


def ready_to_lodge(database: Database, path: Path) -> None:
    """An application of which only the lodgement is left."""
    with database.begin() as session:
        desk = make_desk(session, make_cast(session))
        application = bring_to(session, desk, submitted(session, desk), State.LODGEMENT, FolderStore(path / "objects"))
        matching(session, desk, application)


def lodging(session: Session) -> File:
    """Lodge the one application there is."""
    desk = find_desk(session)
    application = session.scalars(select(Application)).one()
    lodge(session, application, place="二号柜", actor=desk.officer.actor, at=NOON, on=AFTER)
    assert application.file is not None
    return application.file


def opening(session: Session) -> File:
    """Take over a file of the same person from before, in another district."""
    desk = find_desk(session)
    west = session.scalars(select(Unit).where(Unit.name == "西区总工会")).one()
    return open_household_file(
        session, west, household_entry(), keeper=desk.other_keeper, actor=desk.other_keeper.actor, on=AFTER
    )


@pytest.mark.parametrize(
    ("other", "refusals"), [(lodging, {WrongStep}), (opening, {AlreadyInActiveFile})], ids=["lodged twice", "opened"]
)
def test_of_two_lodgements_of_one_person_at_the_same_instant_one_opens_the_file(
    both_databases: Database, tmp_path: Path, other: Callable[[Session], File], refusals: set[type[Exception]]
) -> None:
    ready_to_lodge(both_databases, tmp_path)
    results = at_the_same_instant(both_databases, lodging, other)
    [won] = [result for result in results if isinstance(result, File)]
    assert {type(result) for result in results if result is not won} == refusals
    with both_databases.reading() as session:
        assert session.scalars(select(File.id)).all() == [won.id]
        assert session.scalar(select(func.count()).select_from(Member).where(Member.active)) == 1


def test_of_two_applications_of_one_person_at_the_same_instant_one_is_begun(
    both_databases: Database,
) -> None:
    with both_databases.begin() as session:
        make_desk(session, make_cast(session))

    def begin(session: Session) -> Application:
        return make_draft(session, find_desk(session))

    results = at_the_same_instant(both_databases, begin, begin)
    assert {type(result) for result in results} == {Application, AlreadyApplying}
