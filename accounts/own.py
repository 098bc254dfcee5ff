"""What later rooms keep for a person beside the account: pages that the account links to, such as one's handovers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class OwnPage:
    """A page about whoever is signed in; `label` is a msgid."""

    label: str
    endpoint: str
    arguments: Mapping[str, str]


_pages: list[OwnPage] = []


def own_page(label: str, endpoint: str, **arguments: str) -> None:
    """Register a page that the account of everybody inside the union links to."""
    _pages.append(OwnPage(label, endpoint, arguments))


def own_pages() -> Sequence[OwnPage]:
    """The pages in the order in which they were registered."""
    return tuple(_pages)
