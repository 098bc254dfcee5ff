"""A scope means the same to the database as to the program, whatever the tree and the grants."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select

from accounts.roles import OPERATOR, Actor, Held, Permission, Role, Scope
from accounts.scope import within
from storage.database import Database
from units.models import Unit, UnitKind


@st.composite
def trees(draw: st.DrawFn) -> list[str]:
    """Paths of a tree of up to 14 units; ids of one to three digits, so that one is often the beginning of another."""
    ids = draw(st.lists(st.integers(1, 130), min_size=1, max_size=14, unique=True))
    paths = [f"/{ids[0]}/"]
    for number in ids[1:]:
        paths.append(f"{draw(st.sampled_from(paths))}{number}/")
    return paths


@given(data=st.data(), paths=trees())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_database_finds_exactly_the_units_a_scope_covers(
    both_databases: Database, data: st.DataObject, paths: list[str]
) -> None:
    held = data.draw(st.lists(st.builds(Held, st.sampled_from(Role), st.sampled_from([*paths, "/", "/13/"]))))
    actor = Actor(1, "somebody", "某人", paths[0], tuple(held))
    with both_databases.begin() as session:
        session.execute(delete(Unit))
        rows = [{"id": int(path.split("/")[-2]), "path": path, "name": path, "kind": UnitKind.STREET} for path in paths]
        session.execute(insert(Unit), rows)
        for permission in (Permission.READ, Permission.FILE):  # the one that reaches below, and one that does not
            scope = actor.scope(permission)
            found = set(session.scalars(select(Unit.path).where(within(Unit.path, scope))))
            assert found == {path for path in paths if scope.covers(path)}
            assert found == {path for path in paths if actor.may(permission, path)}
            assert bool(found) <= actor.may(permission)


WITHIN_THE_UNIT = {
    Permission.FILE,
    Permission.LEND,
    Permission.RECEIVE,
    Permission.CONSULT,
    Permission.HAND_OVER,
    Permission.VERIFY,
    Permission.APPROVE,
}


def holder(role: Role) -> Actor:
    return Actor(1, "somebody", "某人", "/1/4/", (Held(role, "/1/4/"),))


@pytest.mark.parametrize("role", list(Role))
def test_a_superior_reads_but_does_not_change_what_is_a_subordinates(role: Role) -> None:
    for permission in role.permissions:
        assert holder(role).may(permission, "/1/4/")
        changes = permission in WITHIN_THE_UNIT
        assert holder(role).may(permission, "/1/4/17/") == (not changes)


@pytest.mark.parametrize("role", list(Role))
def test_nobody_reaches_beside_or_above(role: Role) -> None:
    for path in ("/", "/1/", "/1/40/", "/1/5/", "/4/"):
        assert not any(holder(role).may(permission, path) for permission in Permission)


def test_the_operator_may_do_everything_everywhere() -> None:
    assert all(OPERATOR.may(permission, "/1/4/") for permission in Permission)


CUSTODIANS = {Role.KEEPER, Role.APPROVER, Role.SUPERVISOR, Role.CENTRE_OFFICER}


@pytest.mark.parametrize("role", list(Role))
def test_withdrawn_files_are_for_custodians(role: Role) -> None:
    assert (Permission.READ_WITHDRAWN in role.permissions) == (role in CUSTODIANS)
    assert holder(role).may(Permission.READ_WITHDRAWN, "/1/4/17/") == (role in CUSTODIANS)


scopes = st.builds(
    Scope,
    st.frozensets(st.sampled_from(["/", "/1/", "/1/4/", "/2/"]), max_size=2),
    st.frozensets(st.sampled_from(["/1/", "/1/4/", "/2/3/"]), max_size=2),
)


@given(scopes, scopes)
def test_a_scope_within_another_reaches_nothing_more(one: Scope, other: Scope) -> None:
    paths = ["/", "/1/", "/1/4/", "/1/4/7/", "/1/5/", "/2/", "/2/3/", "/2/3/9/", "/3/"]
    reached = {path for path in paths if one.covers(path)}
    assert one.within(other) == (reached <= {path for path in paths if other.covers(path)})
