"""Pages of requests ask as often for many as for one."""

from sqlalchemy import select

from records.holdings.models import Box
from records.lending.requests import hand_out
from storage.database import Database
from tests.cast import MONDAY, NOON, find_cast, make_file
from tests.conftest import SignedIn
from tests.records.lending.asking import asked
from tests.records.lending.shelf import make_box, make_copy, make_place


def test_more_requests_and_copies_need_no_more_queries(
    database: Database, signed_in: SignedIn, statements: list[str]
) -> None:
    with database.begin() as session:
        cast = find_cast(session)
        box = make_box(session, cast, make_place(session, cast))
        file = make_file(session, cast)
        copies = [make_copy(session, cast, f"P-{n}00", file=file, box=box) for n in range(2)]
        first = asked(session, copies[0].item, cast.reader)
        hand_out(session, first, actor=cast.keeper.actor, at=NOON, on=MONDAY)
        whole = asked(session, file, cast.reader, partial=True)
    keeper = signed_in("keeper")
    pages = ["/requests?show=", f"/requests/{whole.id}", f"/requests/new?file={file.id}", "/loans/register"]

    def counts() -> list[int]:
        found = []
        for path in pages:
            statements.clear()
            assert keeper.get(path).status_code == 200
            found.append(len(statements))
        return found

    counts()
    before = counts()
    with database.begin() as session:
        cast = find_cast(session)
        box = session.scalars(select(Box)).one()
        more = [
            make_copy(session, cast, f"P-9{n}0", file=session.get_one(type(file), file.id), box=box) for n in range(3)
        ]
        for copy in more[:2]:
            asked(session, copy.item, cast.approver)
        hand_out(
            session, asked(session, more[2].item, cast.approver), actor=cast.keeper.actor, at=NOON, on=MONDAY
        )  # fmt: skip
    assert counts() == before
