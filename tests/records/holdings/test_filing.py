"""Filing: a number and a code for ever, when the paper that article 15 demands is there."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from classification.categories import Carrier, RecordForm
from classification.periods import PERMANENT
from records.files.errors import AlreadyFiled, NotTheKeepersUnit
from records.files.models import Item
from records.holdings.copies import move_copy, register_copy
from records.holdings.errors import (
    BoxMixed,
    FiledItemComplete,
    NothingToFile,
    NotUsable,
    PaperMissing,
    PaperNotRegistered,
    StillPreparing,
)
from records.holdings.filing import UNUSABLE, file_item, file_ready, finding_words
from records.holdings.intake import attach
from records.holdings.objects import forget_object
from storage.database import Database
from storage.media import FINDING_TEXTS
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, Cast, make_cast, make_file, make_item, make_yearly_file
from tests.records.holdings.makers import TEN_YEARS, arrive, make_box, make_place, png, prepared

ELECTRONIC = Carrier.ELECTRONIC


def with_bytes(session: Session, store: FolderStore, cast: Cast, item: Item, shade: int = 0) -> Item:
    """The item with a digital object that the worker has found sound."""
    prepared(attach(session, item, arrive(store, png(shade), f"{shade}.png"), actor=cast.keeper.actor, at=NOON))
    return item


def with_paper(session: Session, cast: Cast, item: Item) -> Item:
    """The item with a paper copy on a place."""
    place = make_place(session, cast)
    register_copy(session, item, place, pages_count=7, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    return item


@pytest.mark.parametrize("form", [RecordForm.PHOTO, RecordForm.AUDIO, RecordForm.VIDEO])
@pytest.mark.parametrize("carrier", list(Carrier))
def test_audio_visual_items_are_filed_with_paper_only(
    session: Session, cast: Cast, store: FolderStore, form: RecordForm, carrier: Carrier
) -> None:
    item = make_item(session, make_file(session, cast), cast.keeper.actor, form=form, carrier=carrier)
    with_bytes(session, store, cast, item)
    with pytest.raises(PaperMissing, match=r"音像.*\(art\. 15\)"):
        file_item(session, item, actor=cast.keeper.actor, on=MONDAY)
    assert item.code is None
    assert file_item(session, with_paper(session, cast, item), actor=cast.keeper.actor, on=MONDAY).number == 1


@pytest.mark.parametrize("form", [RecordForm.TEXT, RecordForm.GRAPHIC, RecordForm.TABLE])
def test_permanent_electronic_records_are_filed_with_paper_only(
    session: Session, cast: Cast, store: FolderStore, form: RecordForm
) -> None:
    file = make_yearly_file(session, cast)
    permanent, ten_years = (
        make_item(
            session,
            file,
            cast.keeper.actor,
            document_type="policies",
            retention_class=retention_class,
            form=form,
            carrier=ELECTRONIC,
        )
        for retention_class in ("documentary.policies", "documentary.notices")
    )
    with_bytes(session, store, cast, permanent, 1)
    with_bytes(session, store, cast, ten_years, 2)
    with pytest.raises(PaperMissing, match="15"):
        file_item(session, permanent, actor=cast.keeper.actor, on=MONDAY)
    assert file_item(session, ten_years, actor=cast.keeper.actor, on=MONDAY).code == "C038-WS·2026·D10-0001"


def test_a_paper_original_is_filed_when_its_place_is_known(session: Session, cast: Cast, store: FolderStore) -> None:
    item = with_bytes(session, store, cast, make_item(session, make_file(session, cast), cast.keeper.actor))
    with pytest.raises(PaperNotRegistered):
        file_item(session, item, actor=cast.keeper.actor, on=MONDAY)
    filed = file_item(session, with_paper(session, cast, item), actor=cast.keeper.actor, on=MONDAY)
    assert (filed.code, filed.pages_count) == ("C038-ZY·KN·2026·D10-0001-001", 7)


def test_nothing_is_filed_while_its_paper_lies_in_a_box_of_another_period(session: Session, cast: Cast) -> None:
    item = make_item(
        session,
        make_yearly_file(session, cast),
        cast.keeper.actor,
        document_type="policies",
        retention_class="documentary.notices",
        carrier=Carrier.PAPER,
    )
    place = make_place(session, cast)
    ten_years, permanent = (
        make_box(session, cast, place, category=item.file.category, period=period) for period in (TEN_YEARS, PERMANENT)
    )
    copy = register_copy(session, item, ten_years, pages_count=7, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    item.retention_class = "documentary.policies"
    with pytest.raises(BoxMixed, match=f"{ten_years.barcode}.*D10.*Y"):
        file_item(session, item, actor=cast.keeper.actor, on=MONDAY)
    assert file_ready(session, item.file, actor=cast.keeper.actor, on=MONDAY) == []
    move_copy(session, copy, permanent, actor=cast.keeper.actor, at=NOON)
    assert file_item(session, item, actor=cast.keeper.actor, on=MONDAY).filed_on == MONDAY


def test_nothing_is_filed_of_nothing_or_twice(session: Session, cast: Cast, store: FolderStore) -> None:
    item = make_item(session, make_file(session, cast), cast.keeper.actor, carrier=ELECTRONIC)
    with pytest.raises(NothingToFile):
        file_item(session, item, actor=cast.keeper.actor, on=MONDAY)
    file_item(session, with_bytes(session, store, cast, item), actor=cast.keeper.actor, on=MONDAY)
    with pytest.raises(AlreadyFiled, match="0001-001"):
        file_item(session, item, actor=cast.keeper.actor, on=MONDAY)


def test_what_is_not_examined_or_not_usable_waits(session: Session, cast: Cast, store: FolderStore) -> None:
    item = make_item(session, make_file(session, cast), cast.keeper.actor, carrier=ELECTRONIC)
    row = attach(session, item, arrive(store, png(), "scan.png"), actor=cast.keeper.actor, at=NOON)
    with pytest.raises(StillPreparing, match=r"scan\.png"):
        file_item(session, item, actor=cast.keeper.actor, on=MONDAY)
    for code in sorted(UNUSABLE):
        row.prepared_at, row.findings = NOON, [{"code": code, "detail": ""}]
        with pytest.raises(NotUsable, match="It is kept"):
            file_item(session, item, actor=cast.keeper.actor, on=MONDAY)
    row.findings = [{"code": "mislabelled", "detail": ""}]
    assert file_item(session, item, actor=cast.keeper.actor, on=MONDAY).filed_on == MONDAY


def test_every_finding_has_words_in_both_languages() -> None:
    assert set(FINDING_TEXTS) >= UNUSABLE
    for code in FINDING_TEXTS:
        assert finding_words(code).zh != finding_words(code).en


def test_a_superior_files_nothing_for_a_subordinate(session: Session, cast: Cast) -> None:
    item = make_item(session, make_file(session, cast), cast.keeper.actor)
    with pytest.raises(NotTheKeepersUnit, match=r"art\. 7"):
        file_item(session, item, actor=cast.supervisor.actor, on=MONDAY)


def test_all_that_is_ready_is_filed_in_the_order_of_arrival(session: Session, cast: Cast, store: FolderStore) -> None:
    file = make_file(session, cast)
    items = [make_item(session, file, cast.keeper.actor, f"第{n}件", carrier=ELECTRONIC) for n in range(4)]
    for shade in (0, 1, 3):
        with_bytes(session, store, cast, items[shade], shade)
    filed = file_ready(session, file, actor=cast.keeper.actor, on=MONDAY)
    assert [(item.title, item.number) for item in filed] == [("第0件", 1), ("第1件", 2), ("第3件", 3)]
    assert items[2].filed_on is None


def test_a_filed_item_keeps_its_bytes(session: Session, cast: Cast, store: FolderStore) -> None:
    item = make_item(session, make_file(session, cast), cast.keeper.actor, carrier=ELECTRONIC)
    row = prepared(attach(session, item, arrive(store, png()), actor=cast.keeper.actor, at=NOON))
    file_item(session, item, actor=cast.keeper.actor, on=MONDAY)
    with pytest.raises(FiledItemComplete):
        forget_object(session, row, actor=cast.keeper.actor)


def test_items_filed_at_once_get_numbers_of_their_own(both_databases: Database, store: FolderStore) -> None:
    with both_databases.begin() as session:
        people = make_cast(session)
        file = make_file(session, people)
        items = [make_item(session, file, people.keeper.actor, carrier=ELECTRONIC) for _ in range(6)]
        for shade, item in enumerate(items):
            with_bytes(session, store, people, item, shade)
        numbers = [item.id for item in items]

    def act(item_id: int) -> None:
        with both_databases.begin() as session:
            file_item(session, session.get_one(Item, item_id), actor=people.keeper.actor, on=MONDAY)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(act, numbers))
    with both_databases.reading() as session:
        assert sorted(session.scalars(select(Item.number))) == [1, 2, 3, 4, 5, 6]
        assert len(set(session.scalars(select(Item.code)))) == 6
