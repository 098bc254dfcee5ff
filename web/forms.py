"""Forms: read whole or not at all; what is wrong stands beside its field, in the user's language."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any, ClassVar, ParamSpec, Self

from flask import current_app, flash, g, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug.datastructures import CombinedMultiDict
from wtforms import DateField, Field, HiddenField, PasswordField, SelectField, StringField
from wtforms.validators import ValidationError

from classification.articles import article_label
from web.days import plain_day
from web.language import N_, gettext, lazy_gettext
from web.rules import RuleViolation
from web.shown import words
from web.transaction import NothingDone, only_showing, refresh_reading

P = ParamSpec("P")


class InvalidForm(Exception):
    """The input cannot be taken; the form holds it, with the reasons beside the fields."""

    status = 422

    def __init__(self, form: "Form") -> None:
        super().__init__()
        self.form = form


class ShownAgain(InvalidForm):
    """Nothing is wrong with the form, and nothing is done: another part of its page was asked for."""

    status = 200


class Form(FlaskForm):
    """A form of a page; CSRF is checked for the whole application, hence not again here."""

    class Meta:
        csrf = False

    @classmethod
    def read(cls, **choices: Any) -> Self:
        """The form filled from the request; raises InvalidForm with the reasons, or with none where it is only shown.

        `choices` sets the choices of select fields by their name.
        """
        form = cls.typed(**choices)
        if only_showing() or not form.validate():
            raise InvalidForm(form)
        return form

    @classmethod
    def typed(cls, **choices: Any) -> Self:
        """The form filled from the request, as far as it was filled, and not checked."""
        form = cls(CombinedMultiDict([request.files, request.form]))
        form._offer(choices)
        g.form = form
        return form

    @classmethod
    def blank(cls, *, obj: object = None, values: dict[str, Any] | None = None, **choices: Any) -> Self:
        """The form before anything was typed, from a row or values."""
        form = cls(None, obj=obj, **(values or {}))
        form._offer(choices)
        return form

    def offer(self, **choices: Any) -> Self:
        """The same form with the choices of select fields set; for showing it again."""
        self._offer(choices)
        return self

    def _offer(self, choices: dict[str, Any]) -> None:
        for name, offered in choices.items():
            self[name].choices = offered

    def refuse(self, field: str | None, reason: str) -> None:
        """Put a reason beside a field, or above the form."""
        if field in self._fields:
            self[field].errors = [*self[field].errors, reason]
        else:
            self.form_errors.append(reason)


SEALED_NOW = "••••"  # in the place of a number that is another one by now


class ChangedMeanwhile(RuleViolation):
    """Of two who change one thing none undoes the other's work unseen."""

    message = N_(
        "Somebody changed this while you were writing. It now says: {now}. What you typed is still here; save once "
        "more to put it in the place of that."
    )
    status = 409


class ChangeForm(Form):
    """A form that changes a row, and knows how the row was when the form was shown.

    `sealed` names the fields that are not shown but replaced, each with the attribute of the row that holds it sealed.
    """

    sealed: ClassVar[Mapping[str, str]] = {}
    shown_as = HiddenField()

    @classmethod
    def blank(cls, *, obj: object = None, values: dict[str, Any] | None = None, **choices: Any) -> Self:
        """As in Form; the form remembers the row."""
        form = super().blank(obj=obj, values=values, **choices)
        if obj is not None:
            form.shown_as.data = form._digest(obj)
        return form

    def check_unchanged(self, row: object) -> None:
        """Raise ChangedMeanwhile if the row is no longer as it was shown; sent once more, the form is taken.

        Whoever calls has locked the row: of two who save at once, the second finds what the first wrote.
        """
        seen, now = self.shown_as.data, self._digest(row)
        if seen in (None, "", now):
            return
        self.shown_as.data = now
        other = [field for field in self._of(row) if str(field.data or "") != str(getattr(row, field.name) or "")]
        replaced = zip(self.sealed, seen.split(".")[1:], now.split(".")[1:], strict=False)
        told = [_told(field, getattr(row, field.name)) for field in other]
        told += [_told(self[name], SEALED_NOW) for name, was, became in replaced if was != became]
        raise ChangedMeanwhile(now=gettext("; ").join(told) or "—")

    def _of(self, row: object) -> list[Field]:
        return [field for field in self if hasattr(row, field.name)]

    def _digest(self, row: object) -> str:
        """Digests of what is shown, and of every sealed text as it is kept: a number itself is never digested."""
        values = [[field.name, str(getattr(row, field.name))] for field in self._of(row)]
        texts = (json.dumps(values), *(str(getattr(row, kept)) for kept in self.sealed.values()))
        return ".".join(hashlib.sha256(text.encode()).hexdigest() for text in texts)


def _told(field: Field, value: object) -> str:
    """A field with a value, in words: `Title “…”`."""
    offered = {str(key): label for key, label, *_ in field.iter_choices()} if isinstance(field, SelectField) else {}
    shown = offered.get(str(value), value) if value is not None else "—"
    return gettext("%(field)s “%(value)s”", field=field.label.text, value=shown)


# Databases and spreadsheets refuse control signs; signs without width or that turn the direction of writing make one
# name look like another.
CONTROL_SIGNS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


class TextField(StringField):
    """One line of text without blanks around it or control signs in it."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = CONTROL_SIGNS.sub("", valuelist[0]).strip() if valuelist else ""

    @property
    def text(self) -> str | None:
        """What was typed, or None where nothing was."""
        return self.data or None


class CodeField(TextField):
    """A code or barcode, typed or scanned; scanners work as keyboards and end with Enter."""


class DatedField(TextField):
    """A year, month or day, as far as it is known, in any usual way of writing."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        self.data = plain_day(self.data or "")


class DayField(DateField):
    """A day as 2026-11-23 or in another usual way of writing; a wrong one is named, and stays in the field."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.raw_data = [text]
        self.data = None
        if not text:
            return
        try:
            self.data = datetime.strptime(plain_day(text), "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
            self.raw_data = [self.data.isoformat()]
        except ValueError as error:
            raise ValueError(gettext("“%(typed)s” is not a date. Write it as 2026-11-23.", typed=text)) from error


class ChoiceField(SelectField):
    """One of the offered choices; what is not offered is refused in the user's words."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None  # which is not among the choices

    def pre_validate(self, form: Form) -> None:
        try:
            super().pre_validate(form)
        except ValidationError as error:
            raise ValidationError(gettext("Choose one of the offered entries.")) from error


class Required:
    """The field must not be empty; marks alone say nothing, but in a password."""

    field_flags = {"required": True}  # noqa: RUF012 - the name and form are WTForms'

    def __call__(self, form: Form, field: Field) -> None:
        said = field.data
        if isinstance(said, str) and not isinstance(field, PasswordField) and not any(map(str.isalnum, said)):
            said = ""
        if not said and said != 0:
            if field.errors or getattr(field, "process_errors", None):
                return
            raise ValidationError(gettext("This must be filled in."))


class AtMost:
    """Text of a bounded length."""

    def __init__(self, characters: int) -> None:
        self.characters = characters
        self.field_flags = {"maxlength": characters}

    def __call__(self, form: Form, field: Field) -> None:
        if field.data and len(field.data) > self.characters:
            raise ValidationError(gettext("At most %(number)s characters.", number=self.characters))


class AtLeast:
    """Text that says something; blanks around it do not count."""

    def __init__(self, characters: int) -> None:
        self.characters = characters

    def __call__(self, form: Form, field: Field) -> None:
        if field.data and len(field.data.strip()) < self.characters:
            raise ValidationError(gettext("At least %(number)s characters.", number=self.characters))


def shows_again(page: Callable[..., ResponseReturnValue]) -> Callable[..., Callable[P, ResponseReturnValue]]:
    """Decorate the view that takes a form: on bad input or a refusal, `page` is shown again, filled.

    The same where the form is only to be shown, after its session had lapsed on the way or by ShownAgain; the status is
    then 200.
    `page` takes the same arguments and `form=None`; the answer has the status 422, the reason beside the field or,
    where the refusal names none, above the form.
    """

    def decorate(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def answer(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            try:
                return view(*args, **kwargs)
            except InvalidForm as invalid:
                form, status = invalid.form, invalid.status
            except NothingDone:
                form, status = g.get("form"), 422
            except RuleViolation as refusal:
                form, status = g.get("form"), refusal.status
                if form is not None and refusal.field is not None:
                    form.refuse(refusal.field, cited(refusal))
                else:
                    flash(cited(refusal), "refusal")
            if only_showing():
                g.only_showing, status = False, 200  # the page may note that it was looked at
                flash(back_again(filled=form is not None))
            refresh_reading()
            g.page_path = _path_of(page, kwargs)
            response = page(*args, form=form, **kwargs)
            return (response, status) if isinstance(response, str) else response

        return answer

    return decorate


def _path_of(page: Callable[..., ResponseReturnValue], arguments: Mapping[str, Any]) -> str:
    """Where a page stands that is shown in answer to a form, for the links of its lists.

    What shows a page to put the form in its place is no page itself; that page then stands above the form's action.
    """
    for rule in current_app.url_map.iter_rules():
        if current_app.view_functions[rule.endpoint] is page and rule.arguments <= arguments.keys():
            return url_for(rule.endpoint, **{name: arguments[name] for name in rule.arguments})
    routes = current_app.create_url_adapter(request)
    path = request.path
    while routes is not None and path and not routes.test(path, method="GET"):
        path = path.rpartition("/")[0]
    return path or request.path


def back_again(*, filled: bool) -> str:
    """What to say above a form that is only shown."""
    if not filled:
        return gettext("Nothing has been done yet. Press the button again.")
    said = gettext("This is what you had typed. Nothing has been sent yet: look it through and send it.")
    files = gettext("Files are not kept: choose them again.") if "files_again" in request.form else ""
    return f"{said} {files}".rstrip()


def cited(refusal: RuleViolation) -> str:
    """The refusal with its article in words, for places that hold plain text."""
    if refusal.article is None:
        return refusal.text()
    return gettext("%(reason)s (%(article)s)", reason=refusal.text(), article=words(article_label(refusal.article)))


__all__ = [
    "N_",
    "AtMost",
    "ChangeForm",
    "ChangedMeanwhile",
    "ChoiceField",
    "CodeField",
    "DatedField",
    "DayField",
    "Form",
    "InvalidForm",
    "Required",
    "ShownAgain",
    "TextField",
    "back_again",
    "cited",
    "lazy_gettext",
    "shows_again",
]  # fmt: skip
