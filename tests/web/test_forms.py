"""Forms: read whole or not at all, filled from rows, with the reason beside the field in the user's language."""

from dataclasses import dataclass
from datetime import date

import pytest
from flask import Flask, flash, get_flashed_messages, render_template_string
from wtforms import BooleanField, DateField, HiddenField, PasswordField, StringField
from wtforms.fields.core import UnboundField

from records.files.forms import WholeNumberField
from records.households.forms import AmountField, PhoneField
from rules.forms import DaysField
from web.forms import AtMost, ChoiceField, DayField, Form, InvalidForm, Required, TextField, shows_again
from web.rules import RuleViolation


class BoxForm(Form):
    name = TextField("Name", [Required(), AtMost(5)])
    since = DayField("Since")
    shelf = ChoiceField("Shelf", coerce=int)
    sealed = BooleanField("Sealed")


@dataclass
class Box:
    name: str = "H-1"
    since: date = date(2026, 3, 2)
    shelf: int = 2
    sealed: bool = True


SHELVES = [(1, "left"), (2, "right")]


def read(app: Flask, typed: dict[str, str]) -> BoxForm:
    with app.test_request_context(method="POST", data=typed):
        return BoxForm.read(shelf=SHELVES)


def reasons(app: Flask, typed: dict[str, str], *, language: str = "en") -> dict[str, list[str]]:
    with app.test_request_context(method="POST", data=typed, headers={"Cookie": f"language={language}"}):
        with pytest.raises(InvalidForm) as refused:
            BoxForm.read(shelf=SHELVES)
        return {name: list(errors) for name, errors in refused.value.form.errors.items()}


def test_a_form_shows_the_row_it_changes(app: Flask) -> None:
    with app.test_request_context():
        form = BoxForm.blank(obj=Box(), shelf=SHELVES)
        shown = [field.data for field in (form.name, form.since, form.shelf, form.sealed)]
        assert shown == ["H-1", date(2026, 3, 2), 2, True]
        assert 'value="2026-03-02"' in render_template_string(
            "{% from 'web/macros.html' import field %}{{ field(form.since) }}", form=form
        )


def test_a_form_that_is_right_is_read_without_blanks_and_control_signs(app: Flask) -> None:
    form = read(app, {"name": " H\x00-\u202e\u200b1\x0b\u2066 ", "since": "2026-03-02", "shelf": "2"})
    assert (form.name.data, form.since.data, form.shelf.data, form.sealed.data) == ("H-1", date(2026, 3, 2), 2, False)


@pytest.mark.parametrize(
    ("field", "typed", "english", "chinese"),
    [
        ("name", "", "This must be filled in.", "此项必填。"),
        ("name", "。…", "This must be filled in.", "此项必填。"),
        ("name", "H-12345", "At most 5 characters.", "最多 5 个字。"),
        ("since", "2026-02-30", "“2026-02-30” is not a date. Write it as 2026-11-23.", "“2026-02-30”"),
        ("shelf", "3", "Choose one of the offered entries.", "请从所列选项中选择。"),
        ("shelf", "left", "Choose one of the offered entries.", "请从所列选项中选择。"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_in_the_users_language(
    app: Flask, field: str, typed: str, english: str, chinese: str
) -> None:
    right = {"name": "H-1", "since": "2026-03-02", "shelf": "1"}
    assert reasons(app, {**right, field: typed}) == {field: [english]}
    (said,) = reasons(app, {**right, field: typed}, language="zh")[field]
    assert said.startswith(chinese)


def test_a_wrong_date_stays_in_its_field(app: Flask) -> None:
    with app.test_request_context(method="POST", data={"name": "H-1", "since": "30.2.2026", "shelf": "1"}):
        with pytest.raises(InvalidForm) as refused:
            BoxForm.read(shelf=SHELVES)
        shown = render_template_string(
            "{% from 'web/macros.html' import field %}{{ field(form.since) }}", form=refused.value.form
        )
    assert 'value="30.2.2026"' in shown
    assert 'aria-invalid="true"' in shown


def test_a_day_may_be_written_in_the_usual_ways_and_an_impossible_one_is_refused(app: Flask) -> None:
    right = {"name": "H-1", "shelf": "1"}
    assert read(app, {**right, "since": "２０２６年３月２日"}).since.data == date(2026, 3, 2)
    assert list(reasons(app, {**right, "since": "2026年2月30日"})) == ["since"]
    assert list(reasons(app, {**right, "since": "2026年2月"})) == ["since"]


class BoxTaken(RuleViolation):
    message = "{name} is taken."
    article = 16
    field = "name"
    status = 409


class Closed(RuleViolation):
    message = "The office is closed."


def page(box: int, form: BoxForm | None = None) -> str:
    flash(f"{box} {form.errors if form else 'blank'}")
    return "the page"


@pytest.mark.parametrize(
    ("refusal", "status", "shown"),
    [
        (BoxTaken(name="H-1"), 409, "7 {'name': ['H-1 is taken. (Article 16)']}"),
        (Closed(), 422, "7 {}"),
    ],
)
def test_a_refusal_shows_the_page_again_with_its_status(
    app: Flask, refusal: RuleViolation, status: int, shown: str
) -> None:
    @shows_again(page)
    def take(box: int) -> str:
        BoxForm.read(shelf=SHELVES)
        raise refusal

    right = {"name": "H-1", "since": "2026-03-02", "shelf": "1"}
    with app.test_request_context(method="POST", data=right, headers={"Cookie": "language=en"}):
        assert take(7) == ("the page", status)
        said = get_flashed_messages()
    assert said[-1] == shown
    assert isinstance(refusal, BoxTaken) or said[0] == "The office is closed."


# Their own reading bounds what they take.
BOUNDED = (HiddenField, PasswordField, AmountField, DateField, DaysField, PhoneField, WholeNumberField)


def test_every_free_text_of_every_form_has_its_limit(app: Flask) -> None:
    """The application brings every form with it; a text without a limit fills a column, a page and a printed sheet."""

    def forms_below(form: type[Form]) -> set[type[Form]]:
        return {form, *(below for each in form.__subclasses__() for below in forms_below(each))}

    fields = [
        (f"{made.__module__}.{made.__name__}.{name}", field)
        for made in forms_below(Form)
        if not made.__module__.startswith("tests.")
        for name in dir(made)
        if isinstance(field := getattr(made, name), UnboundField)
        and issubclass(field.field_class, StringField)
        and not issubclass(field.field_class, BOUNDED)
    ]
    limited = {
        name
        for name, field in fields
        if any(isinstance(one, AtMost) for one in (*(field.args[1:2] or ((),))[0], *field.kwargs.get("validators", ())))
    }
    assert len(fields) > 100
    assert {name for name, _ in fields} == limited
