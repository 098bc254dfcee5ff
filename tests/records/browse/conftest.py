"""An office with something of everything, made through the services that users use."""

import hashlib
from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from classification.categories import Carrier, Category, RecordForm
from classification.periods import Period
from records.files.models import File, Item, WithdrawalReason
from records.files.services import describe, open_household_file, open_yearly_file, withdraw
from records.holdings.boxes import add_box
from records.holdings.copies import register_copy
from records.holdings.filing import file_item
from records.holdings.intake import Arrived, attach
from records.holdings.models import Box, DigitalObject, ObjectText, PaperCopy, Place, PlaceKind
from records.holdings.places import add_place
from records.lending.models import Loan
from records.lending.services import lend
from storage.database import Database
from storage.objects import Stored
from tests.cast import MONDAY, NOON, description, household_entry, make_item
from tests.conftest import Prepare
from units.models import Unit

TEXT = "本人因患重病，家庭生活困难，申请帮扶。"


@dataclass
class Office:
    """One keeper's rows, each of a kind; those of the other district are an office of their own."""

    keeper: User
    file: File
    withdrawn: File
    yearly: File
    filed: Item  # a scan and a paper copy
    ready: Item
    without_paper: Item  # a photograph; article 15 demands paper
    empty: Item
    stored: DigitalObject
    place: Place
    box: Box
    copy: PaperCopy
    loose: PaperCopy  # on a place, without a box


def number(sequence: int) -> str:
    """A synthetic resident number with a valid check sign (GB 11643), another one for every sequence."""
    body = f"50010319700101{sequence:03d}"
    total = sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(body))
    return body + "10X98765432"[total % 11]


def named(session: Session, name: str) -> User:
    return session.scalars(select(User).where(User.name == name)).one()


def make_object(
    session: Session, item: Item, name: str, keeper: User, *, media_type: str = "application/pdf", text: str = ""
) -> DigitalObject:
    """An examined object of an item; its bytes are its name."""
    sha256 = hashlib.sha256(f"{item.id} {name}".encode()).hexdigest()
    arrived = Arrived(name, Stored(f"originals/{sha256[:2]}/{sha256[:32]}", sha256, 2048), media_type)
    made = attach(session, item, arrived, actor=keeper.actor, at=NOON)
    made.prepared_at, made.facts = NOON, {"pages": 4} if media_type == "application/pdf" else {}
    if text:
        session.add(ObjectText(object_id=made.id, text=text))
    session.flush()
    return made


def furnish(session: Session, keeper: User, mark: str, *, first: int) -> Office:
    """Fill the unit of a keeper; `mark` stands in every title, name and address, so that a leak is seen.

    `first` is the sequence of the first of two people.
    """
    unit = session.scalars(select(Unit).where(Unit.path == keeper.unit_path)).one()
    actor = keeper.actor
    file, withdrawn = (
        open_household_file(
            session, unit, household_entry(number(sequence), f"{mark}{name}"), keeper=keeper, actor=actor, on=MONDAY
        )
        for sequence, name in ((first, "大河"), (first + 1, "小山"))
    )
    withdraw(session, withdrawn, WithdrawalReason.LIFTED, actor=actor, on=MONDAY, today=MONDAY)
    place = add_place(session, unit, PlaceKind.REPOSITORY, f"{mark}一库", actor=actor, capacity_boxes=40)
    box = add_box(session, place, file.category, file.year, Period(10), keeper=keeper, actor=actor, at=NOON, on=MONDAY)
    filed = make_item(session, file, actor, f"{mark}申请书")
    stored = make_object(session, filed, f"{mark}申请书.pdf", keeper, text=mark + TEXT)
    given = {"actor": actor, "at": NOON, "on": MONDAY}
    copy = register_copy(session, filed, box, pages_count=4, **given)
    loose = register_copy(session, filed, place, pages_count=4, **given)
    file_item(session, filed, actor=actor, on=MONDAY)
    describe(session, filed, description(f"{mark}困难申请书"), actor=actor, on=MONDAY)
    ready = make_item(session, file, actor, f"{mark}收入证明", document_type="income_proof")
    register_copy(session, ready, box, pages_count=1, **given)
    photo = make_item(
        session,
        file,
        actor,
        f"{mark}入户照片",
        document_type="survey_photo",
        form=RecordForm.PHOTO,
        carrier=Carrier.ELECTRONIC,
    )
    make_object(session, photo, "入户.jpg", keeper, media_type="image/jpeg")
    empty = make_item(session, file, actor, f"{mark}信息表", document_type="information_form", form=RecordForm.TABLE)
    yearly = open_yearly_file(
        session, unit, Category.DOCUMENTARY, 2026, f"{mark}2026 年日常帮扶工作", keeper=keeper, actor=actor, on=MONDAY
    )
    session.flush()
    return Office(
        keeper=keeper,
        file=file,
        withdrawn=withdrawn,
        yearly=yearly,
        filed=filed,
        ready=ready,
        without_paper=photo,
        empty=empty,
        stored=stored,
        place=place,
        box=box,
        copy=copy,
        loose=loose,
    )


def furnish_both(database: Database) -> tuple[Office, Office]:
    """Fill the district and the other district."""
    with database.begin() as session:
        here = furnish(session, named(session, "keeper"), "东", first=1)
        there = furnish(session, named(session, "west.keeper"), "西", first=3)
    return here, there


@pytest.fixture
def offices(prepared: Prepare) -> tuple[Office, Office]:
    """The office of the district, and that of the other district."""
    return prepared(furnish_both)


@pytest.fixture
def office(offices: tuple[Office, Office]) -> Office:
    return offices[0]


@pytest.fixture
def other_office(offices: tuple[Office, Office]) -> Office:
    return offices[1]


def lend_out(database: Database, office: Office, borrower: str, *, days: int, on: date = MONDAY) -> Loan:
    """Lend the copy of the filed item to a person of the cast."""
    with database.begin() as session:
        return lend(
            session,
            session.get_one(PaperCopy, office.copy.id),
            named(session, borrower),
            purpose="核对收入",
            days=days,
            actor=office.keeper.actor,
            at=NOON,
            on=on,
        )
