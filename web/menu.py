"""The menu at the side: what a person may open, in the order of the work."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Flask

from web.language import gettext


@dataclass(frozen=True)
class Entry:
    """One line of the menu; `permission` is the value of the permission it needs, or None. Labels are msgids."""

    label: str
    endpoint: str
    permission: str | None = None
    arguments: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Group:
    """Entries under one heading; the first group has none."""

    heading: str
    entries: tuple[Entry, ...]


def use_menu(app: Flask, groups: Sequence[Group]) -> None:
    """Offer the menu to every page, without what the actor may not open."""

    @app.template_global()
    def menu(actor: object) -> list[tuple[str, list[Entry]]]:
        held = {str(permission) for held in getattr(actor, "held", ()) for permission in held.role.permissions}
        shown = []
        for group in groups:
            entries = [entry for entry in group.entries if entry.permission is None or entry.permission in held]
            if entries:
                shown.append((gettext(group.heading) if group.heading else "", entries))
        return shown
