"""The filter through which pages and their sheets show what somebody has typed about a household."""

from accounts.guard import current_actor
from records.files.masking import masked
from records.files.views.blueprint import files
from storage.database import Base
from web.transaction import today


@files.app_template_filter()
def discreet(text: str | None, *rows: Base | None, under: str = "") -> str:
    """A typed text as the reader of this page is told it `under` its label (art. 17); empty for none."""
    return masked(text, current_actor(), today(), *rows, under=under)
