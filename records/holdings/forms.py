"""Forms of the holdings: uploading, places, boxes, paper copies."""

from datetime import date
from typing import Self

from flask import request
from wtforms import HiddenField, IntegerField, MultipleFileField
from wtforms.validators import NumberRange, Optional

from classification.categories import Carrier, Category, RecordForm
from classification.checklists import document_types
from classification.retention import choices
from records.files.models import File
from records.holdings.intake import Common
from records.holdings.models import SPINES_MM, Condition, PlaceKind
from records.holdings.places import PlaceRange
from web.forms import AtMost, ChangeForm, ChoiceField, CodeField, DatedField, Form, Required, TextField
from web.language import gettext, lazy_gettext
from web.shown import words

Choices = list[tuple[str, str]]


class WholeField(IntegerField):
    """A whole number; what is none is named, and stays in the field."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            return
        if not text.removeprefix("-").isdecimal() or len(text) > 9:  # one below zero is told its bounds
            raise ValueError(gettext("“%(typed)s” is not a whole number.", typed=text))
        self.data = int(text)


def between(lowest: int, highest: int) -> NumberRange:
    """The number lies within these bounds, said in the user's language."""
    return NumberRange(
        lowest, highest, lazy_gettext("Between %(lowest)s and %(highest)s.", lowest=lowest, highest=highest)
    )


class UploadForm(Form):
    """What the files of a batch have in common."""

    document_type = ChoiceField(lazy_gettext("Kind of document"), [Required()])
    dated = DatedField(lazy_gettext("Date of the records"), [Required(), AtMost(20)])
    responsible_body = TextField(lazy_gettext("Responsible body"), [Required(), AtMost(200)])
    carrier = ChoiceField(lazy_gettext("Original is on"), [Required()])
    form = ChoiceField(lazy_gettext("Record form"))
    retention_class = ChoiceField(lazy_gettext("Retention class"))
    files = MultipleFileField(lazy_gettext("Files to add"))

    @property
    def common(self) -> Common:
        return Common(
            document_type=self.document_type.data or "",
            carrier=Carrier(self.carrier.data or ""),
            dated=self.dated.data,
            responsible_body=self.responsible_body.data,
            retention_class=self.retention_class.data or None,
            form=RecordForm(self.form.data) if self.form.data else None,
        )


def upload_choices(file: File, on: date) -> dict[str, Choices]:
    """What may be chosen for a batch that goes into a file."""
    return {
        "document_type": [
            ("", gettext("Not chosen yet")),
            *((kind.key, words(kind.label)) for kind in document_types(file.category)),
        ],
        "carrier": [(carrier.value, words(carrier)) for carrier in (Carrier.ELECTRONIC, *_others(Carrier.ELECTRONIC))],
        "form": [("", gettext("By the content of each file")), *((form.value, words(form)) for form in RecordForm)],
        "retention_class": [
            ("", gettext("As is usual for this kind of document")),
            *((line.key, f"{words(line.label)} · {words(line.period.label)}") for line in choices(file.category, on)),
        ],
    }


def _others(first: Carrier) -> list[Carrier]:
    return [carrier for carrier in Carrier if carrier is not first]


class RepositoryForm(Form):
    """A place at the root of a unit's tree."""

    unit_id = ChoiceField(lazy_gettext("Unit"), [Required()])
    kind = ChoiceField(lazy_gettext("Kind"), [Required()])
    name = TextField(lazy_gettext("Name"), [Required(), AtMost(80)])
    capacity_boxes = WholeField(lazy_gettext("Room for boxes"), [Optional(), between(1, 100_000)])
    width_mm = WholeField(lazy_gettext("Usable width (mm)"), [Optional(), between(50, 20_000)])
    barcode = CodeField(lazy_gettext("Barcode"), [AtMost(40)])


class PlaceForm(Form):
    """One place below another."""

    kind = ChoiceField(lazy_gettext("Kind"), [Required()])
    name = TextField(lazy_gettext("Name"), [Required(), AtMost(80)])
    capacity_boxes = WholeField(lazy_gettext("Room for boxes"), [Optional(), between(1, 100_000)])
    width_mm = WholeField(lazy_gettext("Usable width (mm)"), [Optional(), between(50, 20_000)])
    barcode = CodeField(lazy_gettext("Barcode"), [AtMost(40)])


class RangeForm(Form):
    """Rows of bays of levels, all at once: 3 列 × 4 节 × 5 层."""

    rows = WholeField(lazy_gettext("Number of rows"), [Optional(), between(0, 200)])
    bays = WholeField(lazy_gettext("Bays in each row"), [Optional(), between(0, 200)])
    levels = WholeField(lazy_gettext("Levels in each bay"), [Optional(), between(0, 50)])
    capacity_boxes = WholeField(lazy_gettext("Boxes on each of the lowest"), [Optional(), between(1, 1_000)])
    width_mm = WholeField(lazy_gettext("Usable width of each of the lowest (mm)"), [Optional(), between(50, 20_000)])

    @property
    def range(self) -> PlaceRange:
        return PlaceRange(
            rows=self.rows.data or 0,
            bays=self.bays.data or 0,
            levels=self.levels.data or 0,
            capacity_boxes=self.capacity_boxes.data,
            width_mm=self.width_mm.data,
        )


class MeasureForm(ChangeForm):
    """How much a place holds, and whether it takes more."""

    capacity_boxes = WholeField(lazy_gettext("Room for boxes"), [Optional(), between(1, 100_000)])
    width_mm = WholeField(lazy_gettext("Usable width (mm)"), [Optional(), between(50, 20_000)])
    closed_reason = TextField(lazy_gettext("Why it takes no further boxes"), [Optional(), AtMost(200)])


class RoomForm(Form):
    """For how much room is looked, as the address of the page says it; a field with an error asks for nothing."""

    boxes = WholeField(lazy_gettext("For how many boxes"), [Optional(), between(1, 1_000)])
    cm = WholeField(lazy_gettext("Or centimetres"), [Optional(), between(1, 2_000)])

    @classmethod
    def of_address(cls) -> Self:
        """The form from the query of the request, checked."""
        form = cls(request.args)
        form.validate()
        for field in (form.boxes, form.cm):
            if field.errors:
                field.data = None
        return form


class WhyMoved(Form):
    """Why paper is moved, if the keeper says so."""

    reason = TextField(lazy_gettext("Why it is moved"), [AtMost(200)])


class BoxMoveForm(WhyMoved):
    """Where a box is moved to."""

    spot = CodeField(lazy_gettext("New place (scan)"), [Required(), AtMost(40)])


class ShelfMoveForm(BoxMoveForm):
    """Where a whole place is moved to; `seen` is what the preview showed."""

    seen = HiddenField()


class MergeForm(Form):
    """The box that takes the papers of another; `seen` is what the preview showed."""

    spot = CodeField(lazy_gettext("Box that takes them (scan)"), [Required(), AtMost(40)])
    seen = HiddenField()


class BoxForm(Form):
    """Boxes to set up on a place, alike and numbered on."""

    spot = CodeField(lazy_gettext("Place (scan)"), [Required(), AtMost(40)])
    category = ChoiceField(lazy_gettext("Category"), [Required()])
    year = WholeField(lazy_gettext("Year"), [Required(), between(1949, 2200)])
    period = ChoiceField(lazy_gettext("Retention period"), [Required()])
    spine_mm = ChoiceField(lazy_gettext("Spine"), [Required()])
    number = WholeField(lazy_gettext("How many boxes"), [Required(), between(1, 50)])
    barcode = CodeField(lazy_gettext("Barcode (of one box)"), [AtMost(40)])


class MoveForm(WhyMoved):
    """What is moved, and where to; both by scanning."""

    moved = CodeField(lazy_gettext("Box or copy (scan)"), [Required(), AtMost(40)])
    spot = CodeField(lazy_gettext("New box or place (scan)"), [Required(), AtMost(40)])


class CancelForm(Form):
    """Why something was collected by mistake."""

    reason = TextField(lazy_gettext("Reason"), [Required(), AtMost(200)], render_kw={"autocomplete": "off"})


class CopyMoveForm(WhyMoved):
    """Where a copy is moved to."""

    spot = CodeField(lazy_gettext("New box or place (scan)"), [Required(), AtMost(40)])


class ConditionForm(ChangeForm):
    """In which condition the keeper finds a copy, and why that is noted."""

    condition = ChoiceField(lazy_gettext("Condition"), [Required()])
    condition_reason = TextField(lazy_gettext("Reason"), [Required(), AtMost(200)])


class CopyForm(Form):
    """A paper copy and where it lies: in a box that fits, or in what is scanned."""

    pages_count = WholeField(lazy_gettext("Number of pages"), [Required(), between(1, 100_000)])
    condition = ChoiceField(lazy_gettext("Condition"), [Required()])
    box = ChoiceField(lazy_gettext("Box that fits"))
    spot = CodeField(lazy_gettext("Or scan a box or place"), [AtMost(40)])
    barcode = CodeField(lazy_gettext("Barcode of the copy"), [AtMost(40)])


class ReturnedAs(Form):
    """In which condition paper comes back."""

    condition = ChoiceField(lazy_gettext("Condition on return"))

    @property
    def returned_as(self) -> Condition | None:
        """The condition chosen, None for as it went."""
        return Condition(self.condition.data) if self.condition.data else None


def place_kinds() -> Choices:
    return [(kind.value, words(kind)) for kind in PlaceKind]


def categories() -> Choices:
    return [(category.value, words(category)) for category in Category]


def conditions() -> Choices:
    return [(condition.value, words(condition)) for condition in Condition]


def conditions_on_return() -> Choices:
    """The conditions paper can come back in; the first choice leaves it as it went."""
    return [("", gettext("As it went")), *conditions()]


def spines() -> Choices:
    return [(str(spine_mm), f"{spine_mm} mm") for spine_mm in SPINES_MM]
