"""Article 11: households part and join, and every code ever given goes on finding its file."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.browse.files import FileFilter
from records.browse.scanning import found_by
from records.closing.families import links_of, merge, split
from records.closing.models import FamilyChange
from records.files.membership import join_household
from records.files.models import File, GivenCode
from records.households.models import Relation
from records.households.services import MemberEntry
from search.gathering import documents
from tests.cast import MONDAY, NUMBERS, Cast
from tests.records.closing.cases import GROUNDS, TOGETHER, apart, make_household, set_line


def two_files_joined(session: Session, cast: Cast) -> tuple[File, File]:
    """A file to which another was joined, and that other."""
    lasting = make_household(session, cast.district, cast.keeper)
    joined = make_household(session, cast.district, cast.keeper, NUMBERS[1], "陈平")
    assert joined.household is not None
    relations = {member.id: Relation.SPOUSE for member in joined.household.present_members}
    merge(
        session, joined, lasting, relations, FamilyChange.MARRIAGE, monthly_income_per_head=TOGETHER, remarks=None,
        actor=cast.keeper.actor, on=MONDAY,
    )  # fmt: skip
    session.flush()
    return lasting, joined


def test_the_code_of_a_joined_file_opens_it_and_finds_the_other_by_list_and_search(
    session: Session, cast: Cast
) -> None:
    lasting, joined = two_files_joined(session, cast)
    actor = cast.keeper.actor
    found = found_by(session, joined.code, actor, MONDAY)
    assert found is not None
    assert found.arguments == {"file_id": joined.id}
    assert [linked.other for linked in links_of(session, joined, actor)] == [lasting]
    assert lasting in session.scalars(FileFilter(text=joined.code).files(actor)).all()
    [document] = documents(session, {f"file:{lasting.id}"})
    assert document.fields["code"] == (lasting.code, joined.code)


def test_joining_and_parting_give_no_code_anew_and_take_none_back(session: Session, cast: Cast) -> None:
    lasting, joined = two_files_joined(session, cast)
    set_line(session, cast)
    entry = MemberEntry("李远", Relation.CHILD, NUMBERS[2])
    child = join_household(session, lasting, entry, actor=cast.keeper.actor, on=MONDAY)
    new = split(
        session, lasting, {child.id: Relation.WORKER}, apart(), FamilyChange.GROWN_UP, grounds=GROUNDS,
        actor=cast.approver.actor, on=MONDAY,
    )  # fmt: skip
    session.flush()
    given = dict(session.execute(select(GivenCode.code, GivenCode.file_id)).all())
    assert given == {lasting.code: lasting.id, joined.code: joined.id, new.code: new.id}
    assert [linked.other for linked in links_of(session, new, cast.keeper.actor)] == [lasting]
