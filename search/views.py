"""The search page: one box, exact hits, counts that a scope never leaks into."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from flask import Blueprint, Flask, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from accounts.guard import current_actor, requires
from accounts.roles import Actor, Permission
from accounts.scope import within
from accounts.uses import note_export, note_list
from classification.categories import Category, RecordForm
from classification.identity import Withheld, without_numbers
from classification.text import Label
from config import Settings
from records.browse.scanning import found_by, is_code
from records.files.masking import withheld
from records.files.models import File, Item
from records.files.services import visible_files, visible_items
from records.holdings.models import DigitalObject, Place, Rendition
from search import words as chain_words  # noqa: F401 - they register themselves
from search.engine import Hit, Results
from search.errors import QueryNotUnderstood, QueryTooLong
from search.gathering import DESTROYED, FILE, HELD, ITEM, OPEN, chain_end
from search.index import Index
from search.query import InvalidQuery, parse
from search.snippets import Piece
from units.models import Unit
from web.language import N_, gettext
from web.listing import spreadsheet
from web.rules import RuleViolation
from web.shown import words
from web.transaction import reading, today

search = Blueprint("search", __name__)

HITS_ON_A_PAGE = 20
MOST_TYPED = 200  # characters; the inputs say the same
LAST_PAGE = 500
VALUES_SHOWN = 8
SORTS = {
    "relevance": N_("Title first"),
    "newest": N_("Newest first"),
    "oldest": N_("Oldest first"),
    "code": N_("By code"),
}
FACETS = {
    "kind": N_("Item or file"),
    "category": N_("Category"),
    "unit": N_("Unit"),
    "year": N_("Year"),
    "medium": N_("Medium"),
    "place": N_("Place"),
    "state": N_("State"),
}
WORDS = {
    ("kind", ITEM): Label("件", "Items"),
    ("kind", FILE): Label("案卷", "Files"),
    ("state", DESTROYED): Label("已销毁", "Destroyed"),
    ("state", "filed"): Label("已归档", "Filed"),
    ("state", "collected"): Label("待归档", "Awaiting filing"),
}


@dataclass(frozen=True)
class Choice:
    """A value of a facet with its count, and where clicking it leads."""

    words: Label | str
    count: int
    chosen: bool
    url: str


@dataclass(frozen=True)
class Found:
    """A hit with the row it stands for, and its picture if it has one."""

    hit: Hit
    item: Item | None
    file: File
    picture: Rendition | None


@search.get("/search")
@requires(Permission.READ)
def find() -> ResponseReturnValue:
    """Search items and files within the actor's scope; a barcode or a whole reference code opens what bears it."""
    typed, actor = request.args.get("q", "").strip(), current_actor()
    page = min(max(request.args.get("page", 1, type=int), 1), LAST_PAGE)
    filters = {name: values for name in FACETS if (values := request.args.getlist(name))}
    if typed and not filters and _names_one_thing(reading(), typed, actor):
        return redirect(url_for("browse.scan", barcode=typed), 303)
    sort = request.args.get("sort", "relevance")
    sort = sort if sort in SORTS else "relevance"
    exports = request.args.get("format") == "xlsx"
    results, wrong = Results(0, (), {}), _wrong(typed)
    if wrong is None:
        results = index().search(
            parse(typed),
            actor.scope(Permission.READ).subtrees,
            filters={**filters, HELD: (OPEN, *actor.scope(Permission.READ_WITHDRAWN).subtrees)},
            sort=sort,  # type: ignore[arg-type] # one of SORTS
            offset=0 if exports else (page - 1) * HITS_ON_A_PAGE,
            limit=LAST_PAGE * HITS_ON_A_PAGE if exports else HITS_ON_A_PAGE,
            facets=() if exports else FACETS,
            withholding=lambda keys: _withheld(reading(), keys, actor),
        )
    if results.hits and typed:
        note_list("content.searched", ITEM, words=without_numbers(typed), hits=results.total)
    session = reading()
    found = _rows(session, results.hits, actor)
    if exports and wrong is None:
        note_export(ITEM, len(found))
        return _spreadsheet(found)
    answer = render_template(
        "search/find.html",
        typed=typed,
        wrong=wrong,
        results=results,
        found=found,
        facets=_choices(session, results, filters, actor),
        filters=filters,
        facet_names=FACETS,
        sorts=SORTS,
        sort=sort,
        page=page,
        more=results.total > page * HITS_ON_A_PAGE and page < LAST_PAGE,
        behind=max(0, chain_end(session) - index().cursor),
    )
    return (answer, 422) if wrong else answer


def index() -> Index:
    """The index this application was made with."""
    return cast(Index, current_app.extensions["anjuan.index"])


def use_search(app: Flask, settings: Settings) -> None:
    """Join the full-text index to the application."""
    app.extensions["anjuan.index"] = Index.open_or_create(settings.index_folder, cache_bytes=settings.index_cache_bytes)


def _wrong(typed: str) -> RuleViolation | None:
    """What is wrong with the words typed, if anything is."""
    if len(typed) > MOST_TYPED:
        return QueryTooLong(most=MOST_TYPED)
    try:
        parse(typed)
    except InvalidQuery as error:
        return QueryNotUnderstood(part=error.part)
    return None


def _names_one_thing(session: Session, typed: str, actor: Actor) -> bool:
    """Whether this is the barcode or the reference code 档号 of something in the actor's scope.

    What is elsewhere, or withheld from the actor, is a word like any other.
    """
    return is_code(session, typed) and found_by(session, typed, actor, today()) is not None


def _withheld(session: Session, keys: Sequence[str], actor: Actor) -> Mapping[str, Withheld]:
    """What the texts of hits do not say to this actor; three queries."""
    numbers = _numbers(keys)
    of_items = select(Item.id, File).join(File, File.id == Item.file_id).where(Item.id.in_(numbers[ITEM]))
    files = {f"{ITEM}:{item_id}": file for item_id, file in session.execute(of_items.options(joinedload(File.unit)))}
    found = session.scalars(select(File).where(File.id.in_(numbers[FILE])).options(joinedload(File.unit)))
    files |= {f"{FILE}:{file.id}": file for file in found}
    return {key: withheld(actor, today(), file) for key, file in files.items()}


def _numbers(keys: Sequence[str]) -> dict[str, list[int]]:
    """The ids in the keys of documents, by kind."""
    numbers: dict[str, list[int]] = {ITEM: [], FILE: []}
    for key in keys:
        kind, _, number = key.partition(":")
        numbers[kind].append(int(number))
    return numbers


def _rows(session: Session, hits: tuple[Hit, ...], actor: Actor) -> list[Found]:
    """The rows of hits; what the database no longer shows this actor is left out, whatever the index says."""
    numbers = _numbers([hit.key for hit in hits])
    items = {item.id: item for item in session.scalars(visible_items(actor).where(Item.id.in_(numbers[ITEM])))}
    files = {file.id: file for file in session.scalars(visible_files(actor).where(File.id.in_(numbers[FILE])))}
    pictures: dict[int, Rendition] = {}
    for item_id, rendition in session.execute(
        select(DigitalObject.item_id, Rendition)
        .join(DigitalObject, Rendition.object_id == DigitalObject.id)
        .where(DigitalObject.item_id.in_(numbers[ITEM]), Rendition.kind.in_(("thumbnail", "poster")))
        .order_by(Rendition.id)
    ):
        pictures.setdefault(item_id, rendition)
    found = []
    for hit in hits:
        kind, _, number = hit.key.partition(":")
        item = items.get(int(number)) if kind == ITEM else None
        file = item.file if item else files.get(int(number)) if kind == FILE else None
        if file is not None:
            found.append(Found(hit, item, file, pictures.get(item.id) if item else None))
    return found


def _spreadsheet(found: Sequence[Found]) -> ResponseReturnValue:
    """What was found, on all pages of it, as the pages say it: with the same words withheld."""
    columns = (
        N_("Item or file"),
        N_("Reference code"),
        N_("Title"),
        N_("Unit"),
        N_("Date of the record"),
        N_("State"),
        N_("Passages"),
    )
    rows = (
        [
            words(WORDS["kind", ITEM if one.item else FILE]),
            (one.item and one.item.code) or one.file.code,
            _unmarked(one.hit.marked["title"]),
            one.file.unit.name,
            one.item.dated if one.item else None,
            words(state) if (state := _state_of(one)) else None,
            "\n".join(_unmarked(text) for name, text in one.hit.marked.items() if name not in ("title", "code")),
        ]
        for one in found
    )
    return spreadsheet(gettext("Search"), [gettext(column) for column in columns], rows)


def _unmarked(pieces: Sequence[Piece]) -> str:
    return "".join(text for text, _ in pieces)


def _state_of(one: Found) -> Label | None:
    """How far an item or file has come, in the words of the facet; None of a file that is there."""
    if (one.item or one.file).destroyed_on:
        return WORDS["state", DESTROYED]
    return WORDS["state", "filed" if one.item.filed_on else "collected"] if one.item else None


def _choices(
    session: Session, results: Results, filters: dict[str, list[str]], actor: Actor
) -> dict[str, list[Choice]]:
    units = _unit_names(session, [path for path, _ in results.facets.get("unit", ())], actor)
    places = _place_names(session, [path for path, _ in results.facets.get("place", ())])
    shown: dict[str, list[Choice]] = {}
    for name in FACETS:
        choices: list[Choice] = []
        for value, count in results.facets.get(name, ()):
            words: Label | str | None = value
            match name:
                case "unit":
                    words = units.get(value)
                case "place":
                    words = places.get(value)
                case "category":
                    words = Category(value).label
                case "medium":
                    words = RecordForm(value).label
                case "kind" | "state":
                    words = WORDS[name, value]
            chosen = value in filters.get(name, ())
            if words and (chosen or len(choices) < VALUES_SHOWN):
                choices.append(Choice(words, count, chosen, _toggled(name, value, filters)))
        if len(choices) > 1 or any(choice.chosen for choice in choices):
            shown[name] = choices
    return shown


def _toggled(name: str, value: str, filters: dict[str, list[str]]) -> str:
    values = set(filters.get(name, ())) ^ {value}
    arguments: dict[str, object] = {**filters, name: sorted(values)}
    return url_for(".find", q=request.args.get("q"), sort=request.args.get("sort"), **arguments)  # type: ignore[arg-type]


def _unit_names(session: Session, paths: list[str], actor: Actor) -> dict[str, str]:
    """Names of units within scope; the counts of units above it would say nothing more."""
    scope = within(Unit.path, actor.scope(Permission.READ))
    named = session.execute(select(Unit.path, Unit.name).where(Unit.path.in_(paths), scope))
    return {row.path: row.name for row in named}


def _place_names(session: Session, paths: list[str]) -> dict[str, str]:
    places = session.scalars(select(Place).where(Place.path.in_(paths)).options(joinedload(Place.unit)))
    return {place.path: place.address for place in places}
