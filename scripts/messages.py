"""Keeps the catalogues of texts: one per room and language, in web/translations/LANGUAGE/LC_MESSAGES/ROOM.po.

    python scripts/messages.py                  collect the texts of every room, keeping their translations
    python scripts/messages.py --room lending   the same for one room
    python scripts/messages.py --check          say what is missing, unused or doubtful; exit status 1 if anything
    python scripts/messages.py --compile        write the .mo files that the program reads

English in the code is the key. A room is a package of the map, or a stage of `records`, with the templates of the same
path. A text that the room `web` already has is shared by all and not collected again.
"""

import argparse
import ast
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

LANGUAGES = ("zh",)
SHARED_ROOM = "web"
CONTEXT_FIRST = ((1, "c"), 2)
KEYWORDS = {
    "_": None,
    "N_": None,
    "NN_": (1, 2),
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "pgettext": CONTEXT_FIRST,
    "lazy_pgettext": CONTEXT_FIRST,
    "npgettext": ((1, "c"), 2, 3),
}
PLAIN = {name for name, place in KEYWORDS.items() if place is None}
METHODS = {".py": "python", ".html": "jinja2.ext:babel_extract", ".txt": "jinja2.ext:babel_extract"}
PLACEHOLDER = re.compile(r"%%|%\(\w+\)[#0\- +]*\d*(?:\.\d+)?[a-zA-Z]|\{\{|\}\}|\{[^{}]*\}")
HEADER = """\
# Texts shown to users.
msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural_forms}\\n"

"""


def rooms(root: Path) -> dict[str, tuple[Path, ...]]:
    """The rooms of the tree at `root` by name, each with its folders of code and templates.

    The frame belongs to the web: app.py, and the templates that lie in no folder.
    """
    packages = sorted(found.parent for found in root.glob("*/__init__.py"))
    packages += sorted(found.parent for found in root.glob("records/*/__init__.py"))
    found: dict[str, tuple[Path, ...]] = {}
    for path in packages:
        if path.relative_to(root).as_posix() not in {"records", "tests"}:
            found[path.name] = (path, root / "templates" / path.relative_to(root))
    if SHARED_ROOM in found:
        found[SHARED_ROOM] += (root / "app.py", *sorted(root.glob("templates/*.*")))
    return found


def _sources(folders: tuple[Path, ...]) -> Iterator[Path]:
    for folder in folders:
        found = [folder] if folder.is_file() else sorted(folder.rglob("*"))
        yield from (path for path in found if path.suffix in METHODS)


def texts(root: Path, folders: tuple[Path, ...], language: str) -> Catalog:
    """The texts that the code and templates in `folders` mark for translation, not yet translated."""
    catalog = Catalog(locale=language)
    for path in _sources(folders):
        with path.open("rb") as file:
            for _, msgid, comments, context in extract(METHODS[path.suffix], file, KEYWORDS, ["Translators:"], {}):
                catalog.add(
                    msgid,
                    locations=[(str(path.relative_to(root)), 1)],
                    auto_comments=comments,
                    context=context,
                )
        if path.suffix == ".py":
            for msgid in _in_f_strings(path.read_text(encoding="utf-8")):
                catalog.add(msgid, locations=[(str(path.relative_to(root)), 1)])
    return catalog


def _in_f_strings(source: str) -> Iterator[str]:
    """The texts marked within f-strings, which Babel does not read before Python 3.12."""
    for string in ast.walk(ast.parse(source)):
        if isinstance(string, ast.JoinedStr):
            for call in ast.walk(string):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in PLAIN:
                    yield ast.literal_eval(call.args[0])


def wanted(root: Path, room: str, language: str) -> Catalog:
    """The texts of a room, less those that the shared room has."""
    every = rooms(root)
    catalog = texts(root, every[room], language)
    if room != SHARED_ROOM and SHARED_ROOM in every:
        shared = texts(root, every[SHARED_ROOM], language)
        for message in list(catalog):
            if message.id and shared.get(message.id, message.context):
                catalog.delete(message.id, message.context)
    return catalog


def catalogue_path(root: Path, room: str, language: str) -> Path:
    """Where the catalogue of a room lies."""
    return root / "web" / "translations" / language / "LC_MESSAGES" / f"{room}.po"


def read(path: Path, language: str) -> Catalog:
    """The catalogue at `path`, empty where there is none."""
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update(root: Path, room: str, language: str) -> None:
    """Bring the catalogue of a room up to its code; what is translated stays, what is no longer used goes."""
    path = catalogue_path(root, room, language)
    catalog = read(path, language)
    catalog.update(wanted(root, room, language), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    if not len(catalog):
        path.unlink(missing_ok=True)
        return
    body = io.BytesIO()
    write_po(body, catalog, width=120, omit_header=True, include_lineno=False, sort_output=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        HEADER.format(language=language, plural_forms=catalog.plural_forms) + body.getvalue().decode().strip() + "\n",
        encoding="utf-8",
    )


def compile_all(root: Path) -> None:
    """Write beside every catalogue the .mo file that the program reads."""
    for path in root.glob("web/translations/*/LC_MESSAGES/*.po"):
        catalog = read(path, path.parts[-3])
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalog)


def _forms(texts_of: object) -> tuple[str, ...]:
    return (texts_of,) if isinstance(texts_of, str) else tuple(texts_of)  # type: ignore[arg-type]


def placeholders(text: str) -> set[str]:
    """The named gaps of a text, as `%(name)s` and `{loan.due_on:%Y}`, without those that stand for a sign."""
    return set(PLACEHOLDER.findall(text)) - {"%%", "{{", "}}"}


def _faults(message: Message) -> Iterator[str]:
    strings = _forms(message.string)
    if not all(strings):
        yield "is not translated"
        return
    if message.fuzzy:
        yield "is marked as doubtful"
    allowed = {frozenset(placeholders(form)) for form in _forms(message.id)}
    if any(frozenset(placeholders(string)) not in allowed for string in strings):
        yield "has other placeholders in its translation"


def faults(root: Path) -> Iterator[str]:
    """What is wrong with the catalogues, a line each; nothing if they are complete."""
    every = rooms(root)
    homes = [folder for folders in every.values() for folder in folders]
    for path in _sources((root / "templates",)):
        if not any(path.is_relative_to(home) for home in homes):
            yield f"{path.relative_to(root)}: belongs to no room"
    for language in LANGUAGES:
        said: dict[tuple[object, str | None], tuple[str, object]] = {}
        for room in every:
            where = f"{language}/{room}.po"
            catalog, code = read(catalogue_path(root, room, language), language), wanted(root, room, language)
            for message in code:
                if message.id and not catalog.get(message.id, message.context):
                    yield f"{where}: {message.id!r} is missing"
            for message in catalog:
                if not message.id:
                    continue
                if not code.get(message.id, message.context):
                    yield f"{where}: {message.id!r} is not used"
                    continue
                yield from (f"{where}: {message.id!r} {fault}" for fault in _faults(message))
                # The program merges the catalogues: of two translations of one text, one would be lost.
                key = (_forms(message.id)[0], message.context)
                earlier, string = said.setdefault(key, (where, message.string))
                if string != message.string:
                    yield f"{where}: {message.id!r} is translated otherwise than in {earlier}"
        for path in sorted(catalogue_path(root, "x", language).parent.glob("*.po")):
            if path.stem not in every:
                yield f"{language}/{path.name}: there is no such room"


def main(arguments: list[str], root: Path) -> int:
    """Carry out a command line on the tree at `root`; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--room", choices=sorted(rooms(root)), help="collect the texts of this room only")
    what.add_argument("--check", action="store_true", help="say what is wrong, change nothing")
    what.add_argument("--compile", action="store_true", help="write the .mo files")
    options = parser.parse_args(arguments)
    if options.check:
        found = list(faults(root))
        print("\n".join(found) or "The catalogues are complete.")
        return 1 if found else 0
    if options.compile:
        compile_all(root)
        return 0
    for language in LANGUAGES:
        for room in [options.room] if options.room else rooms(root):
            update(root, room, language)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path(__file__).resolve().parent.parent))
