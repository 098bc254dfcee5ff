"""What is said of a member of an active file is changed by versions, and the paper follows (art. 11, 13)."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from accounts.models import User
from audit.chain import seal
from records.browse.versions import household_versions
from records.files.duties import open_duty
from records.files.living import TwinCause, TwinSide
from records.files.membership import change_member, join_household
from records.files.models import File
from records.households.errors import (
    AlreadyInActiveFile,
    IdNumberMissing,
    NamedOtherwise,
    NameNotCompared,
    NumberOnRecord,
    OneWorker,
)
from records.households.models import Anew, Cause, Member, Relation
from records.households.services import MemberEntry, unsealed_number
from records.workflow.errors import AlreadyApplying
from tests.cast import MONDAY, NUMBERS, Cast, make_file
from tests.records.workflow.office import entry as applying
from tests.records.workflow.office import make_desk, make_draft
from tests.regulation.in_step import adjust

CHILD = MemberEntry("周小河", Relation.CHILD, "", health="良好")


def with_child(session: Session, cast: Cast, entry: MemberEntry = CHILD) -> tuple[File, Member]:
    """A file with a newborn child, for whose joining nothing is open any more."""
    file = make_file(session, cast)
    member = join_household(session, file, entry, actor=cast.keeper.actor, on=MONDAY)
    assert file.household is not None
    file.household.anew_since = file.household.anew_because = None
    return file, member


def last_version(session: Session, file: File, reader: User) -> Sequence[tuple[str, str, str]]:
    seal(session)
    version = household_versions(session, file, reader.actor, MONDAY)[0]
    return [(each.field, each.before, each.after) for each in version.changes]


def test_a_newborn_gets_its_number_without_leaving_the_household(session: Session, cast: Cast) -> None:
    file, member = with_child(session, cast)
    change_member(session, file, member.id, replace(CHILD, number=NUMBERS[1]), actor=cast.keeper.actor, on=MONDAY)
    assert (unsealed_number(session, member.person), member.active, member.left_on) == (NUMBERS[1], True, None)
    assert last_version(session, file, cast.keeper)[1:] == [("ID number", "—", "5001••••••••4511")]
    duty = open_duty(session, file, TwinSide.PAPER)
    assert duty is not None
    assert (duty.changes[-1].cause, duty.changes[-1].what) == (TwinCause.MEMBERS, "周小河")
    with pytest.raises(NumberOnRecord):
        change_member(session, file, member.id, replace(CHILD, number=NUMBERS[2]), actor=cast.keeper.actor, on=MONDAY)


def test_a_number_given_later_is_compared_as_that_of_a_new_member(session: Session, cast: Cast) -> None:
    make_file(session, cast, number=NUMBERS[1], name="王小明")
    make_draft(session, make_desk(session, cast), applying(NUMBERS[2], "李小红"))
    file, member = with_child(session, cast)
    actor = cast.keeper.actor
    for number, name, refused in (
        (NUMBERS[1], "周小河", NamedOtherwise),
        (NUMBERS[1], "王小明", AlreadyInActiveFile),
        (NUMBERS[2], "李小红", AlreadyApplying),
    ):
        entry = MemberEntry(name, Relation.CHILD, number, renamed=name != "周小河")
        with pytest.raises(refused), session.begin_nested():
            change_member(session, file, member.id, entry, actor=actor, on=MONDAY)
        session.expire_all()
        assert (member.person.name, member.active) == ("周小河", True)


def test_another_name_is_put_down_as_the_identity_card_says_it_and_the_file_is_named_after_it(
    session: Session, cast: Cast
) -> None:
    file = make_file(session, cast)
    assert file.household is not None
    worker, actor = file.household.worker, cast.keeper.actor
    entry = MemberEntry("周大合", Relation.WORKER, "")
    with pytest.raises(NameNotCompared):
        change_member(session, file, worker.id, entry, actor=actor, on=MONDAY)
    change_member(session, file, worker.id, replace(entry, renamed=True), actor=actor, on=MONDAY)
    assert (worker.person.name, file.title, unsealed_number(session, worker.person)) == ("周大合", "周大合", NUMBERS[0])


def test_the_worker_stays_the_worker_and_only_a_child_is_without_a_number(session: Session, cast: Cast) -> None:
    file, member = with_child(session, cast)
    for relation, refused in ((Relation.WORKER, OneWorker), (Relation.SPOUSE, IdNumberMissing)):
        with pytest.raises(refused):
            change_member(
                session, file, member.id, replace(CHILD, relation=relation), actor=cast.keeper.actor, on=MONDAY
            )


def test_health_is_a_version_that_only_those_read_who_work_on_the_file(session: Session, cast: Cast) -> None:
    file, member = with_child(session, cast)
    change_member(session, file, member.id, replace(CHILD, health="白血病"), actor=cast.keeper.actor, on=MONDAY)
    change_member(session, file, member.id, replace(CHILD, health="已康复"), actor=cast.keeper.actor, on=MONDAY)
    assert last_version(session, file, cast.keeper)[1:] == [("Health", "白血病", "已康复")]
    assert last_version(session, file, cast.reader)[1:] == [("Health", "", "withheld")]


@pytest.mark.parametrize(
    ("cause", "change", "anew"),
    [
        (Cause.ILLNESS, {"health": "白血病"}, Anew.MEMBERS),
        (Cause.SINGLE_PARENT, {"relation": Relation.OTHER}, Anew.MEMBERS),
        (Cause.SINGLE_PARENT, {"health": "白血病"}, None),
        (Cause.ILLNESS, {"name": "周新河", "renamed": True}, None),
    ],
)
def test_a_class_is_determined_anew_where_its_cause_tells_of_what_changed(
    session: Session, cast: Cast, cause: Cause, change: dict[str, object], anew: Anew | None
) -> None:
    known = replace(CHILD, number=NUMBERS[1])
    file, member = with_child(session, cast, known)
    adjust(session, file, cast.keeper.actor, MONDAY, main_cause=cause)
    assert file.household is not None
    file.household.anew_since = file.household.anew_because = None
    entry = replace(known, number="", **change)
    change_member(session, file, member.id, entry, actor=cast.keeper.actor, on=MONDAY)
    assert file.household.anew_because is anew


def test_nothing_changed_is_no_version(session: Session, cast: Cast) -> None:
    file, member = with_child(session, cast)
    assert change_member(session, file, member.id, CHILD, actor=cast.keeper.actor, on=MONDAY) == []
    seal(session)
    assert [each.action for each in household_versions(session, file, cast.keeper.actor, MONDAY)] == [
        "Member joined",
        "Household registered",
    ]
