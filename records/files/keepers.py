"""Who may be given something into custody: an archive keeper of the unit, and still one as the custody is written."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import Grant, User
from accounts.roles import Role
from records.files.errors import NoKeeperAnyMore
from units.models import Unit


def hold_keeper(session: Session, keeper: User, unit: Unit) -> None:
    """Keep account and role of an archive keeper of a unit from ending until commit (art. 16).

    Called wherever custody of a file or a box is written, just before. Whoever ends the role or the account waits, and
    then finds that custody. Raises NoKeeperAnyMore where one of them ended before.
    """
    session.flush()
    held = session.scalars(
        select(User)
        .where(User.id == keeper.id)
        .with_for_update(of=User, read=True, key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    role = select(Grant.id).where(
        Grant.user_id == keeper.id,
        Grant.role == Role.KEEPER,
        Grant.unit_path == unit.path,
        Grant.ended_at.is_(None),
    )
    if held.closed_at is not None or session.scalar(role.limit(1)) is None:
        raise NoKeeperAnyMore(name=held.display_name, unit=unit.name)
