"""The one named custodian of each unit with files 专人, and units where it is not exactly one (art. 16a)."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.models import Grant, User
from accounts.roles import Actor, Permission, Role
from accounts.scope import within
from classification.text import LabelledEnum
from records.files.models import Custody, File
from records.files.services import KEPT
from units.models import Unit


class Custodianship(LabelledEnum):
    """Whether exactly one person answers for the files of a unit, and for all of them."""

    ONE = "one", "一人专管", "One"
    NONE = "none", "无人专管", "None"
    PARTLY = "partly", "部分案卷无人专管", "Some files have none"
    SEVERAL = "several", "多人保管", "Several"


@dataclass(frozen=True)
class Custodians:
    """A unit with files, who answers for them, and for how many of them nobody who may still do so.

    What was destroyed needs no custodian any more. Who answers holds an open custody and the keeper's role in the unit,
    from an open account.
    """

    unit: Unit
    files: int
    people: tuple[str, ...]
    unattended: int

    @property
    def state(self) -> Custodianship:
        if not self.people:
            return Custodianship.NONE
        if self.unattended:
            return Custodianship.PARTLY
        return Custodianship.ONE if len(self.people) == 1 else Custodianship.SEVERAL


def custodians(session: Session, actor: Actor) -> list[Custodians]:
    """Every unit in the actor's scope that keeps files, in the order of the tree; two queries."""
    counts = within(Unit.path, actor.scope(Permission.READ)) & KEPT
    units = session.execute(
        select(Unit, func.count(File.id))
        .join(File, File.unit_id == Unit.id)
        .where(counts)
        .group_by(Unit.id)
        .order_by(Unit.path)
    ).all()
    rows = session.execute(
        select(File.unit_id, User.display_name, func.count(File.id).label("kept"))
        .join(Custody, (Custody.file_id == File.id) & Custody.until_on.is_(None))
        .join(User, User.id == Custody.keeper_id)
        .join(Unit, Unit.id == File.unit_id)
        .join(
            Grant,
            (Grant.user_id == User.id)
            & (Grant.role == Role.KEEPER)
            & (Grant.unit_path == Unit.path)
            & Grant.ended_at.is_(None),
        )
        .where(counts, User.closed_at.is_(None))
        .group_by(File.unit_id, User.id)
        .order_by(User.id)
    ).all()
    people: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for row in rows:
        people[row.unit_id].append((row.display_name, row.kept))
    return [
        Custodians(
            unit,
            files,
            tuple(name for name, _ in people[unit.id]),
            files - sum(kept for _, kept in people[unit.id]),
        )
        for unit, files in units
    ]
