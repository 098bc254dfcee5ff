"""Who may change a file that may be read (art. 7)."""

from accounts.roles import Actor, Permission
from records.files.errors import NotTheKeepersUnit
from records.files.models import File


def changeable(file: File, actor: Actor, permission: Permission) -> File:
    """The file, if the permission reaches its unit; raises NotTheKeepersUnit (art. 7)."""
    if not actor.may(permission, file.unit.path):
        raise NotTheKeepersUnit(unit=file.unit.name)
    return file
