"""The form of an upload: into which unit, what the sheet holds, and the sheet itself."""

from typing import cast

from werkzeug.datastructures import FileStorage
from wtforms import FileField

from records.exchange.errors import NoSheet
from records.exchange.models import ImportKind
from records.households.forms import choices_of
from web.forms import ChoiceField, Form, Required
from web.language import lazy_gettext

TYPES = ".xlsx,.csv"


class ItemSheetForm(Form):
    """A sheet of items for a file that is chosen already."""

    sheet = FileField(lazy_gettext("Sheet"), render_kw={"accept": TYPES})

    @property
    def upload(self) -> tuple[bytes, str]:
        """The bytes of the sheet and its name; raises NoSheet."""
        sent = cast(FileStorage | None, self.sheet.data)
        if not isinstance(sent, FileStorage) or not sent.filename:
            raise NoSheet
        return sent.read(), sent.filename


class SheetForm(ItemSheetForm):
    """A sheet of anything else, into a unit that is chosen with it."""

    unit_id = ChoiceField(lazy_gettext("Unit"), [Required()])
    kind = ChoiceField(
        lazy_gettext("What the sheet holds"),
        [Required()],
        choices=lambda: choices_of([kind for kind in ImportKind if kind is not ImportKind.ITEMS]),
    )
