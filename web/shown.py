"""How values are shown: days, moments, sizes, durations and labels, the same on every page."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Protocol

from flask import Flask, url_for
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from classification.articles import article_label
from web.language import gettext, language, ngettext
from web.transaction import settings, today


class Labelled(Protocol):
    """A value of the regulation that has its words in both languages."""

    @property
    def label(self) -> "Words": ...


class Words(Protocol):
    """Words in both languages."""

    def in_language(self, language: str) -> str: ...


def words(value: Labelled | Words | None) -> str:
    """The label in the user's language; empty for None."""
    if value is None:
        return ""
    label: Words = value.label if hasattr(value, "label") else value
    return label.in_language(language())


def said(value: str | None) -> str:
    """What is on record in English words of ours, in the user's language; what somebody typed, as it was typed."""
    return gettext(value) if value else ""


def day(value: date | None) -> Markup:
    """A day as 2026-11-23 that never breaks over a line; a dash for none."""
    if value is None:
        return Markup("<span class=none>—</span>")
    return Markup('<time class="date" datetime="{0}">{0}</time>').format(value.isoformat())


def moment(value: datetime | None) -> Markup:
    """A moment in the office's time zone, to the minute."""
    if value is None:
        return Markup("<span class=none>—</span>")
    local = value.astimezone(settings().time_zone)
    return Markup('<time class="date" datetime="{}">{}</time>').format(
        local.isoformat(timespec="seconds"), local.strftime("%Y-%m-%d %H:%M")
    )


def size(value: int | None) -> str:
    """Bytes as 12.3 MB."""
    if value is None:
        return "—"
    amount, units = float(value), ["B", "KB", "MB", "GB", "TB"]
    while amount >= 1000 and len(units) > 1:
        amount, units = amount / 1024, units[1:]
    return f"{amount:.0f} {units[0]}" if units[0] == "B" or amount >= 100 else f"{amount:.1f} {units[0]}"


def duration(seconds: float | None) -> str:
    """Seconds as 12:08 or 1:02:03."""
    if seconds is None:
        return "—"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


UNBROKEN = 14  # signs of a number or barcode, as JY-2026-0003 or P-00000001, that stands on one line of a table too


def code(value: str | None) -> Markup:
    """A reference code or barcode, in monospace; a short one is not broken."""
    if not value:
        return Markup("<span class=none>—</span>")
    return Markup('<span class="{}">{}</span>').format("code" if len(value) > UNBROKEN else "code unbroken", value)


def due(value: date | None) -> Markup:
    """A due day with how far off it is: red when late, amber within three days."""
    if value is None:
        return Markup("")
    left = (value - today()).days
    if left < 0:
        kind, text = "late", ngettext("%(num)d day late", "%(num)d days late", -left)
    elif left == 0:
        kind, text = "due", gettext("due today")
    else:
        kind, text = ("due" if left <= 3 else "ok"), ngettext("%(num)d day left", "%(num)d days left", left)
    return Markup('{} <span class="tag {}">{}</span>').format(day(value), kind, text)


def article(number: int | str | None) -> Markup:
    """The reference to an article of the regulation."""
    if number is None:
        return Markup("")
    text = escape(words(article_label(number)))
    return Markup('<a class="art" href="{}">{}</a>').format(url_for("browse.show_article", number=number), text)


def _asked_each_time(filter_: Callable[..., str]) -> Callable[..., str]:
    """A filter that Jinja never works out once for all while compiling: the answer depends on the language."""

    @pass_context
    def asked(_context: Context, *values: object) -> str:
        return filter_(*values)

    return asked


def use_filters(app: Flask) -> None:
    """Offer these to every template."""
    for filter_ in (words, said, day, moment, size, duration, code, due, article):
        app.jinja_env.filters[filter_.__name__] = _asked_each_time(filter_)
    app.jinja_env.globals.update(today=today, article=article)
