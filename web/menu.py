"""The menu at the side: what a person may open, in the order of the work."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Flask, request

from web.language import gettext


@dataclass(frozen=True)
class Entry:
    """One line of the menu; `permissions` are the values of those of which it needs one, if any. Labels are msgids."""

    label: str
    endpoint: str
    permissions: tuple[str, ...] = ()
    arguments: tuple[tuple[str, str], ...] = ()

    @property
    def is_here(self) -> bool:
        """Whether the page shown is the one this leads to, however filtered or sorted."""
        here = {**request.args, **(request.view_args or {})}
        return request.endpoint == self.endpoint and set(self.arguments) <= here.items()


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
            entries = [
                entry for entry in group.entries if not entry.permissions or held.intersection(entry.permissions)
            ]
            if entries:
                shown.append((gettext(group.heading) if group.heading else "", entries))
        return shown
