"""Custody given at the instant at which its keeper goes, on SQLite and on PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from accounts.models import Grant, User
from accounts.roles import OPERATOR, Role
from accounts.services import close_account, end_role, grant_role, open_account
from classification.categories import Category
from classification.periods import PERMANENT
from records.closing.models import FileTransfer
from records.files.batches import open_many
from records.files.errors import NoKeeperAnyMore
from records.files.from_before import Before
from records.files.models import Custody
from records.files.services import open_yearly_file
from records.holdings.boxes import add_box
from records.holdings.models import BoxCustody, Place
from records.households.batches import prepared
from storage.database import Database
from storage.media import Workshop
from storage.objects import FolderStore
from storage.sealing import vault_of
from tests.cast import MONDAY, NOON, NUMBERS, PASSWORD, Cast, find_cast, household_entry, make_cast
from tests.records.closing.cases import make_household, offer, take
from tests.records.handover.office import Pen, begin, confirm_all, make_office
from tests.records.lending.shelf import make_place
from web.rules import RuleViolation

Gift = Callable[[Session, User], object]


def new_keeper(session: Session, cast: Cast, name: str) -> User:
    """One more keeper of the district."""
    user = open_account(session, name, name, PASSWORD, cast.district.path, actor=OPERATOR, at=NOON)
    session.flush()
    grant_role(session, user, Role.KEEPER, cast.district.path, actor=OPERATOR, at=NOON)
    return user


def file_opened(session: Session, keeper: User) -> None:
    unit = find_cast(session).district
    open_yearly_file(
        session,
        unit,
        Category.DOCUMENTARY,
        2026,
        "日常",
        keeper=keeper,
        actor=find_cast(session).keeper.actor,
        on=MONDAY,
    )


def box_set_up(session: Session, keeper: User) -> None:
    place = session.scalars(select(Place)).one()
    actor = find_cast(session).keeper.actor
    add_box(session, place, Category.DOCUMENTARY, 2026, PERMANENT, keeper=keeper, actor=actor, at=NOON, on=MONDAY)


def role_ended(session: Session, keeper: User) -> None:
    end_role(session, keeper, keeper.active_grants[0], actor=OPERATOR, at=NOON)


def account_closed(session: Session, keeper: User) -> None:
    close_account(session, keeper, actor=OPERATOR, at=NOON)


def at_once(database: Database, name: str, *deeds: Gift) -> list[str]:
    """Each deed with a keeper in a transaction and thread of its own, all together; `done` or the refusal."""
    together = Barrier(len(deeds))

    def carry_out(deed: Gift) -> str:
        together.wait()
        try:
            with database.begin() as session:
                deed(session, session.scalars(select(User).where(User.name == name)).one())
        except RuleViolation as refused:
            return type(refused).__name__
        return "done"

    with ThreadPoolExecutor(len(deeds)) as pool:
        return sorted(pool.map(carry_out, deeds))


def test_nobody_loses_role_or_account_while_something_is_given_into_their_custody(both_databases: Database) -> None:
    rounds = [(gift, end) for gift in (file_opened, box_set_up) for end in (role_ended, account_closed)]
    with both_databases.begin() as session:
        cast = make_cast(session)
        make_place(session, cast)
        for at in range(len(rounds)):
            new_keeper(session, cast, f"keeper.{at}")
    for at, deeds in enumerate(rounds):
        assert at_once(both_databases, f"keeper.{at}", *deeds) in (
            ["CustodyUnsigned", "done"],
            ["NoKeeperAnyMore", "done"],
        )
    with both_databases.reading() as session:
        for model in (Custody, BoxCustody):
            assert all(row.keeper.active_grants for row in session.scalars(select(model)))


def many_entered(session: Session, keeper: User) -> None:
    unit, entry = find_cast(session).district, prepared(vault_of(session), household_entry(NUMBERS[2]), MONDAY)
    households = [(entry, Before(MONDAY - timedelta(days=30), "一柜", "补录"))]
    open_many(session, unit, households, {}, keeper=keeper, actor=keeper.actor, on=MONDAY)


def transfer_accepted(session: Session, keeper: User) -> None:
    take(session, session.scalars(select(FileTransfer)).one(), keeper)


def test_no_custody_is_given_to_who_was_a_keeper_only_when_it_was_read(
    session: Session, cast: Cast, store: FolderStore, workshop: Workshop
) -> None:
    make_office(session, cast)
    file = make_household(session, cast.other_district, cast.other_keeper, NUMBERS[3], "吴小满")
    offer(session, cast, file, cast.district, giver=cast.other_keeper)
    handover = begin(session, cast)
    confirm_all(session, handover)
    pen = Pen(session, store, workshop)
    for party in (handover.leaver, handover.receiver):
        pen.sign(handover, party)
    gifts: list[tuple[User, Gift]] = [
        (new_keeper(session, cast, f"keeper.{at}"), gift)
        for at, gift in enumerate((transfer_accepted, many_entered, file_opened, box_set_up))
    ]
    gifts.insert(0, (handover.receiver, lambda _session, _keeper: pen.sign(handover, handover.witness)))
    session.flush()
    assert all(keeper.actor.held for keeper, _ in gifts)
    ended = update(Grant).where(Grant.user_id.in_([keeper.id for keeper, _ in gifts])).values(ended_at=NOON)
    session.execute(ended, execution_options={"synchronize_session": False})  # as by another desk, unseen here
    for keeper, gift in gifts:
        with pytest.raises(NoKeeperAnyMore), session.begin_nested():
            gift(session, keeper)
