"""The chains in words: each room says here what its actions, subjects and details are called, and how values read.

A detail stands in the lowest room that writes it; a room above that writes it too leans on that. Tests hold that
nothing which the code writes into a chain is without words.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from classification.text import LabelledEnum
from web.language import N_, gettext
from web.shown import words

# A value of a detail as users read it; None where it is none of the values that the reader knows.
Reader = Callable[[Any], str | None]

_actions: dict[str, str] = {}
_actors: dict[str, str] = {}
_kinds: dict[str, str] = {}
_fields: dict[str, str] = {}
_readers: dict[str, list[Reader]] = {}


def in_words(
    *,
    actions: Mapping[str, str] | None = None,
    actors: Mapping[str, str] | None = None,
    kinds: Mapping[str, str] | None = None,
    fields: Mapping[str, str] | None = None,
    readers: Mapping[str, Reader] | None = None,
) -> None:
    """Register what a room calls its actions, those who act without an account, its tables and its details (msgids).

    `readers` say how the values of a detail are shown, where it is not as they are. Several rooms may name one detail,
    with values of their own. Raises ValueError where two would call one thing differently.
    """
    for table, given in ((_actions, actions), (_actors, actors), (_kinds, kinds), (_fields, fields)):
        for name, text in (given or {}).items():
            if table.setdefault(name, text) != text:
                raise ValueError(f"{name} is called {table[name]!r} and {text!r}")
    for name, reader in (readers or {}).items():
        _readers.setdefault(name, []).append(reader)


def known_actions() -> dict[str, str]:
    """Every action by its name, with what it is called, a msgid."""
    return dict(sorted(_actions.items()))


def known_kinds() -> dict[str, str]:
    """Every kind of subject by its name, with what it is called, a msgid."""
    return dict(sorted(_kinds.items()))


def known_fields() -> dict[str, str]:
    """Every detail by its name, with what it is called, a msgid."""
    return dict(sorted(_fields.items()))


def actions_of(chain: str) -> dict[str, str]:
    """The actions that can stand in a chain, by the name of its table, with what they are called."""
    uses = chain == "use_entry"
    return {action: text for action, text in known_actions().items() if action.startswith("content.") == uses}


def action_words(action: str) -> str:
    """What an action is called; an action of an earlier version that has no words any more is shown as it is."""
    return gettext(_actions[action]) if action in _actions else action


def actor_words(actor: str) -> str:
    """One who acts without an account; a name that nobody has, as of a refused sign-in, is shown as it is."""
    return gettext(_actors[actor]) if actor in _actors else actor


def kind_words(kind: str) -> str:
    """What a kind of subject is called."""
    return gettext(_kinds[kind]) if kind in _kinds else kind


def field_words(name: str) -> str:
    """What a detail is called."""
    return gettext(_fields[name]) if name in _fields else name


def value_words(name: str, value: Any) -> str:
    """The value of a detail as users read it; one that no reader knows any more is shown as it is."""
    if value is None or value in ("", []):
        return "—"
    for reader in _readers.get(name, ()):
        text = reader(value)
        if text is not None:
            return text
    return spoken(value)


def spoken(value: Any) -> str:
    """A plain value: yes and no, lists joined, our own fixed sentences in the user's language."""
    match value:
        case bool():
            return gettext("Yes") if value else gettext("No")
        case date():
            return value.isoformat()
        case list():
            return gettext(", ").join(spoken(each) for each in value)
        case str() if value:
            return gettext(value)
    return str(value)


def member(kind: type[LabelledEnum]) -> Reader:
    """Reads a value as a member of an enumeration."""
    return lambda value: words(kind(value)) if value in list(kind) else None


def members(kind: type[LabelledEnum]) -> Reader:
    """Reads a list of values as members of an enumeration."""
    read = member(kind)
    return lambda value: gettext(", ").join(read(each) or spoken(each) for each in value)


def looked_up(find: Callable[[str], Any]) -> Reader:
    """Reads a key as what is found under it; `find` raises LookupError where there is nothing."""

    def read(value: Any) -> str | None:
        try:
            return words(find(value))
        except LookupError:
            return None

    return read


def digest(value: Any) -> str:
    """The beginning of a digest."""
    return f"{str(value)[:16]}…"


in_words(kinds={"audit_entry": N_("Audit trail"), "use_entry": N_("Use register")})
