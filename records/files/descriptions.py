"""What is said of an item: the fields of its description, and what they may say in a file."""

import re
from dataclasses import dataclass, fields
from datetime import date

from classification.categories import AccessStatus, Carrier, Category, RecordForm, SecrecyLevel
from classification.checklists import DocumentType, document_type, kept_long_enough, usual_class
from classification.identity import tells_resident_number
from classification.retention import Facts, ItemFacts, choices, retention, retention_class
from classification.schedules import RetentionClass, StartRule
from records.files.errors import (
    BadDate,
    ClassOfOtherPart,
    DatedAhead,
    KeptTooShort,
    NumberInTitle,
    OfALaterYear,
    PeriodShortened,
    PeriodsMixed,
    ScrappedBeforeMade,
    UnknownDocumentType,
    UnknownRetentionClass,
)
from records.files.models import File, Item

SETTLED_BY = "06-30"  # month and day of the year after
DATED = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


@dataclass(frozen=True)
class Description:
    """What is said of an item; the fields of DA/T 18, and those for photographs, sound and video (DA/T 50, 63, 78)."""

    document_type: str
    retention_class: str
    form: RecordForm
    carrier: Carrier
    title: str
    dated: str
    responsible_body: str
    document_number: str | None = None
    pages_count: int | None = None
    place: str | None = None
    people: str | None = None
    recorded_by: str | None = None
    caption: str | None = None
    related_code: str | None = None
    remarks: str | None = None
    secrecy: SecrecyLevel = SecrecyLevel.INTERNAL
    access: AccessStatus = AccessStatus.CONTROLLED
    scrapped_on: date | None = None


def check_described(file: File, description: Description, on: date, *, present: Item | None = None) -> None:
    """Whether an item may be described so in this file.

    Of an item that is `present` there already its class may have been superseded since (art. 21), and what its dates
    say is asked where they or the class change: a title can be corrected though a date stands that is refused today.

    Raises BadDate, DatedAhead, NumberInTitle, UnknownDocumentType, UnknownRetentionClass, ClassOfOtherPart,
    KeptTooShort, PeriodsMixed, OfALaterYear or ScrappedBeforeMade.
    """
    check_dated(description.dated, on)
    if tells_resident_number(description.title) and _changed(present, description, "title"):
        raise NumberInTitle
    scrapped_on = description.scrapped_on
    unmade = scrapped_on is not None and scrapped_on.isoformat() < description.dated  # 2026-03-02 comes after 2026
    if unmade and _changed(present, description, "dated", "scrapped_on"):
        raise ScrappedBeforeMade(dated=description.dated)
    kind = _kind(description.document_type, file.category)
    if present is not None and description.retention_class == present.retention_class:
        line = retention_class(present.retention_class)
    else:
        line = class_in_force(description.retention_class, on)
        if line not in choices(file.category, on):
            raise ClassOfOtherPart(category=file.category.label)
    usual = usual_class(kind)
    too_short = not description.form.is_audio_visual and not kept_long_enough(kind, line)
    if usual and too_short and _changed(present, description, "document_type", "retention_class", "form"):
        raise KeptTooShort(kind=kind.label, least=usual.period.label, usual=usual.label)
    if file.retention_class and line.category is Category.ACCOUNTING:
        held = retention_class(file.retention_class).period
        if line.period != held and not description.form.is_audio_visual:
            raise PeriodsMixed(own=line.period.label, code=file.code, file=held.label)
    falls_due = line.start_rule is StartRule.ACCOUNTING_YEAR_END and not line.period.permanent
    too_late = falls_due and _after_settling(description.dated, file.year)
    if too_late and _changed(present, description, "dated", "retention_class"):
        raise OfALaterYear(dated=description.dated, year=file.year)


def _kind(key: str, category: Category) -> DocumentType:
    """The kind of document with this key; raises UnknownDocumentType unless it belongs into this part."""
    try:
        kind = document_type(key)
    except LookupError:
        raise UnknownDocumentType(category=category.label) from None
    if kind.category is not category:
        raise UnknownDocumentType(category=category.label)
    return kind


def _changed(present: Item | None, description: Description, *names: str) -> bool:
    """Whether a description says something of an item that does not stand there already."""
    return present is None or any(getattr(present, name) != getattr(description, name) for name in names)


def _after_settling(dated: str, year: int) -> bool:
    """Whether a record was made after an accounting year was settled 年度决算, which may take half of the next one.

    Its period would begin with the end of that year (order 79, art. 14), so that a later record would fall due early.
    """
    return dated > f"{year + 1}-{SETTLED_BY}" or dated == f"{year + 1}"


def check_dated(text: str, on: date) -> None:
    """Raise BadDate unless the text is a year, a month or a day of the calendar, DatedAhead where it is after `on`."""
    exact = DATED.fullmatch(text)
    if exact is None:
        raise BadDate(text=text)
    try:
        date(*(int(part or 1) for part in exact.groups()))
    except ValueError as error:
        raise BadDate(text=text) from error
    if text > on.isoformat():  # 2026 comes before 2026-03-02
        raise DatedAhead(dated=text)


def class_in_force(key: str | None, on: date) -> RetentionClass:
    """The line of a schedule with this key; raises UnknownRetentionClass unless it is in force on the day."""
    try:
        line = retention_class(key or "")
    except LookupError as error:
        raise UnknownRetentionClass(on=on) from error
    if not line.in_force(on):
        raise UnknownRetentionClass(on=on)
    return line


def columns_of(description: Description) -> dict[str, object]:
    """The description by columns of an item."""
    return {field.name: getattr(description, field.name) for field in fields(description)}


def item_facts(described: Item | Description, file: File) -> ItemFacts:
    """What the rules need to know of an item of a file, or of what it is about to be described as."""
    exact = DATED.fullmatch(described.dated)
    year, month, day = (int(part or 1) for part in exact.groups()) if exact else (file.year, 1, 1)
    return ItemFacts(
        retention_class=described.retention_class,
        form=described.form,
        created_on=date(year, month, day),
        scrapped_on=described.scrapped_on,
    )


def check_kept_as_long(item: Item, description: Description) -> None:
    """Raise PeriodShortened if a filed item, so described, would be kept less long than it is now (art. 15)."""
    facts = file_facts(item.file)
    now, then = (retention(item_facts(each, item.file), facts).last_day_kept for each in (item, description))
    if now is not None and then is not None and then < now:
        raise PeriodShortened(code=item.code, until=now, then=then)


def file_facts(file: File) -> Facts:
    """What the rules need to know of a file; audio-visual items take the period of its paper (art. 15)."""
    paper = {Category.ORIGINAL: "original.file", Category.ACCOUNTING: file.retention_class}.get(file.category)
    return Facts(year=file.year, withdrawn_on=file.withdrawn_on, paper_classes=(paper,) if paper else ())
