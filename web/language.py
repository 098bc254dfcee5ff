"""Both languages: Chinese first, English by one click; msgids are English."""

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from babel.support import NullTranslations
from flask import Flask, g, has_app_context, has_request_context, request, session
from flask_babel import Babel, get_locale, get_translations, lazy_gettext

LANGUAGES = {"zh": "中文", "en": "English"}
CATALOGUES = Path(__file__).parent / "translations"


def N_(text: str) -> str:  # noqa: N802 - the customary name of a marker for extraction
    """Mark a msgid that is translated when it is shown."""
    return text


def NN_(one: str, many: str) -> tuple[str, str]:  # noqa: N802 - as N_
    """Mark the msgids of a sentence for one and for many, of which one is translated when it is shown."""
    return one, many


def gettext(text: str, **facts: object) -> str:
    """The sentence in the user's language."""
    said = _say(text)
    return said % facts if facts else said


def ngettext(one: str, many: str, number: int, **facts: object) -> str:
    """The sentence for one or for many, in the user's language."""
    return _say_number(one, many, number) % {"num": number, **facts}


def _translations() -> NullTranslations:
    """Those of the user's language, looked for once in a request: a page says a hundred texts and more."""
    if not has_app_context():
        return NullTranslations()
    if "translations" not in g:
        g.translations = get_translations()
    found: NullTranslations = g.translations
    return found


def _say(text: str) -> str:
    return _translations().ugettext(text)


def _say_number(one: str, many: str, number: int) -> str:
    return _translations().ungettext(one, many, number)


def language() -> str:
    """`zh` or `en`: chosen by the user, Chinese otherwise."""
    locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else "zh"


def _choose() -> str:
    if not has_request_context():
        return "zh"
    chosen = session.get("language") or request.cookies.get("language")
    return chosen if chosen in LANGUAGES else "zh"


def page_path() -> str:
    """The path of the page that is shown: of the request, or where a form is answered with a page, of that page."""
    path: str = g.get("page_path", request.path)
    return path


def page_address() -> str:
    """Where to go back to after the language was changed: this page, or the one whose form was just sent."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    sent_from = urlsplit(request.referrer or "/")
    if sent_from.path != page_path() != request.path:  # sent more than once: the form then stood at its own address
        return page_path()
    return urlunsplit(("", "", sent_from.path, sent_from.query, "")) if sent_from.netloc == request.host else "/"


def use_languages(app: Flask) -> None:
    """Have texts, forms and dates follow the user's language."""
    rooms = sorted(path.stem for path in CATALOGUES.glob("zh/LC_MESSAGES/*.po"))
    app.config.update(
        BABEL_DEFAULT_LOCALE="zh",
        BABEL_TRANSLATION_DIRECTORIES=";".join([str(CATALOGUES)] * len(rooms)),
        BABEL_DOMAIN=";".join(rooms),
    )
    Babel(app, locale_selector=_choose)
    app.jinja_env.install_gettext_callables(gettext=_say, ngettext=_say_number, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.globals.update(language=language, page_address=page_address, page_path=page_path)


__all__ = ["LANGUAGES", "NN_", "N_", "gettext", "language", "lazy_gettext", "ngettext", "use_languages"]
