"""Which files are in sight of whom (art. 17), and who may change a file that may be read (art. 7)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import InstrumentedAttribute, aliased

from accounts.roles import Actor, Permission, Scope
from accounts.scope import within
from records.files.errors import NotTheKeepersUnit, RecordDestroyed
from records.files.models import File, Item
from units.models import Unit


def in_sight(actor: Actor, permission: Permission = Permission.READ) -> ColumnElement[bool]:
    """True for files in the actor's scope, in a query that joins them with their unit.

    Once its purpose is reached a household's file is only stored and protected (PIPL art. 47): withdrawn ones are in
    sight of custodians alone. Every `visible_*` query of files, or of what lies in them, begins here.
    """
    scope, of_withdrawn = actor.scope(permission), actor.scope(Permission.READ_WITHDRAWN)
    reached = within(Unit.path, scope)
    return (
        reached
        if scope.within(of_withdrawn)
        else reached & (File.withdrawn_on.is_(None) | within(Unit.path, of_withdrawn))
    )


def sees(actor: Actor, file: File) -> bool:
    """Whether a file is in the actor's sight, as `in_sight` asks it of the database."""
    reach = Permission.READ if file.withdrawn_on is None else Permission.READ_WITHDRAWN
    return actor.may(Permission.READ, file.unit.path) and actor.may(reach, file.unit.path)


@dataclass(frozen=True)
class Counting(Actor):
    """Somebody for whom rows are counted, never listed: how many files a unit has withdrawn is no secret (art. 11)."""

    def scope(self, permission: Permission) -> Scope:
        return super().scope(Permission.READ if permission is Permission.READ_WITHDRAWN else permission)


def sees_withdrawn(actor: Actor) -> bool:
    """Whether the actor may open the withdrawn files of every unit in which files are read."""
    return actor.scope(Permission.READ).within(actor.scope(Permission.READ_WITHDRAWN))


def counting(actor: Actor) -> Actor:
    """The actor as one who counts withdrawn files too; for numbers alone, never for rows."""
    if sees_withdrawn(actor):
        return actor
    return Counting(actor.user_id, actor.name, actor.display_name, actor.unit_path, actor.held)


def not_withheld(file_id: ColumnElement[Any] | InstrumentedAttribute[Any], actor: Actor) -> ColumnElement[bool]:
    """True unless the file named is a withdrawn household's that the actor is no custodian of; true where none is.

    For rows that tell of a file and have a scope of their own: a line of a list, a hold, a case.
    """
    file, unit = aliased(File), aliased(Unit)
    return ~exists().where(
        file.id == file_id,
        file.withdrawn_on.is_not(None),
        unit.id == file.unit_id,
        ~within(unit.path, actor.scope(Permission.READ_WITHDRAWN)),
    )


def changeable(file: File, actor: Actor, permission: Permission) -> File:
    """The file, if the permission reaches its unit; raises NotTheKeepersUnit (art. 7)."""
    if not actor.may(permission, file.unit.path):
        raise NotTheKeepersUnit(unit=file.unit.name)
    return file


def check_not_destroyed(record: File | Item) -> None:
    """Raise RecordDestroyed where only a stub is left (art. 15)."""
    if record.destroyed_on is not None:
        code = record.code or (record.file.code if isinstance(record, Item) else "")
        raise RecordDestroyed(code=code, on=record.destroyed_on, list=record.destroyed_under)
