"""Taking bytes in: nothing acknowledged is lost, nothing refused leaves a row or bytes among the objects."""

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import BinaryIO
from typing import cast as typed

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from classification.categories import Carrier, RecordForm
from classification.checklists import document_type
from records.files.errors import FileWithdrawn, NotTheKeepersUnit, RecordDestroyed
from records.files.models import File, Item, WithdrawalReason
from records.files.services import withdraw
from records.holdings.errors import (
    CutShort,
    DuplicateBytes,
    EmptyFile,
    FiledItemComplete,
    FileTooLarge,
    StoreFailed,
)
from records.holdings.intake import (
    LONGEST_NAME,
    aside_if_refused,
    attach,
    check_takes_bytes,
    guessed_form,
    plain_name,
    receive_bytes,
    take_in,
)
from records.holdings.models import DigitalObject
from storage.database import Database
from storage.objects import FolderStore, ObjectStore, StoreUnavailable
from tests.cast import MONDAY, NOON, Cast, make_cast, make_file, make_item
from tests.records.holdings.makers import arrive, common, pdf, png, take
from web.rules import NotVisible


def stream(content: bytes) -> BinaryIO:
    return typed(BinaryIO, io.BytesIO(content))


def keys(store: ObjectStore, prefix: str = "objects") -> list[str]:
    return [found.key for found in store.keys(prefix)]


@given(st.text(max_size=400))
def test_no_name_carries_a_path_or_an_unseen_sign(name: str) -> None:
    plain = plain_name(name)
    assert 1 <= len(plain) <= LONGEST_NAME
    assert plain.isprintable()
    assert not {"/", "\\"} & set(plain)
    assert plain not in {".", ".."}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\扫描\\申请书.pdf", "申请书.pdf"),
        ("/", "—"),
        ("", "—"),
        ("a\x00b\u202egpj.exe", "abgpj.exe"),
        ("长" * 300 + ".pdf", "长" * 196 + ".pdf"),
        (".." * 10, "—"),
    ],
)
def test_odd_names_are_kept_as_far_as_they_are_names(sent: str, kept: str) -> None:
    assert plain_name(sent) == kept


def test_what_arrived_is_in_the_store_with_its_digest(store: FolderStore) -> None:
    arrived = arrive(store, png(1), "照片.png")
    assert arrived.media_type == "image/png"
    assert store.digest(arrived.stored.key) == (hashlib.sha256(png(1)).hexdigest(), len(png(1)))


@pytest.mark.parametrize(
    ("content", "expected_bytes", "refusal"),
    [(b"", 0, EmptyFile), (b"too long", 8, FileTooLarge), (b"shor", 5, CutShort)],
)
def test_what_cannot_be_taken_leaves_nothing(
    store: FolderStore, content: bytes, expected_bytes: int, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal, match=r"scan\.tif"):
        receive_bytes(store, stream(content), "scan.tif", limit_bytes=7, expected_bytes=expected_bytes)
    assert keys(store) == []


class FullDisk(FolderStore):
    """A store on a disk that is full, or a service that does not answer."""

    error: OSError = OSError(28, "No space left on device")

    def put(self, *_: object, **__: object) -> object:  # type: ignore[override]
        raise self.error


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), StoreUnavailable("gone")])
def test_a_store_that_fails_is_answered_in_words(store: FolderStore, error: OSError) -> None:
    full = FullDisk(store.root)
    full.error = error
    with pytest.raises(StoreFailed, match="nothing of it was kept"):
        receive_bytes(full, stream(b"x"), "scan.tif", limit_bytes=7)


def test_each_file_becomes_an_item_titled_after_its_name(session: Session, cast: Cast, store: FolderStore) -> None:
    made = take(session, store, cast, make_file(session, cast), pdf(), "困难职工帮扶申请书 (1).pdf")
    assert made.item.title == "困难职工帮扶申请书 (1)"
    assert (made.item.form, made.item.retention_class) == (RecordForm.TEXT, "original.file")
    assert made.item.filed_on is None


@pytest.mark.parametrize(
    ("kind", "media_type", "form"),
    [
        ("application", "application/pdf", RecordForm.TEXT),
        ("application", "image/jpeg", RecordForm.TEXT),
        ("survey_photo", "image/heic", RecordForm.PHOTO),
        ("notice_proof", "image/jpeg", RecordForm.PHOTO),
        ("notice_proof", "application/pdf", RecordForm.TEXT),
        ("information_form", "application/pdf", RecordForm.TABLE),
        ("application", "text/csv", RecordForm.TABLE),
        ("application", "audio/mpeg", RecordForm.AUDIO),
        ("survey_photo", "video/mp4", RecordForm.VIDEO),
        ("survey_photo", "application/pdf", RecordForm.TEXT),
        ("application", "application/octet-stream", RecordForm.TEXT),
    ],
)
def test_the_form_follows_from_the_content_and_the_kind_of_document(
    kind: str, media_type: str, form: RecordForm
) -> None:
    assert guessed_form(document_type(kind), media_type) is form


def test_the_same_bytes_are_kept_once_in_a_file(session: Session, cast: Cast, store: FolderStore) -> None:
    file = make_file(session, cast)
    take(session, store, cast, file, png(), "first.png")
    with pytest.raises(DuplicateBytes, match="already in this file, as “first”"):
        take(session, store, cast, file, png(), "second.png")


def test_a_withdrawn_file_takes_no_bytes(session: Session, cast: Cast, store: FolderStore) -> None:
    file = make_file(session, cast)
    item = make_item(session, file, cast.keeper.actor)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=MONDAY, today=MONDAY)
    with pytest.raises(FileWithdrawn, match="13"):
        take(session, store, cast, file, png(), "late.png")
    with pytest.raises(FileWithdrawn):
        attach(session, item, arrive(store, png()), actor=cast.keeper.actor, at=NOON)


def test_a_filed_item_takes_no_bytes(session: Session, cast: Cast, store: FolderStore) -> None:
    item = make_item(session, make_file(session, cast), cast.keeper.actor)
    item.number, item.code, item.filed_on = 1, "C038-ZY·KN·2026·D10-0001-001", MONDAY
    with pytest.raises(FiledItemComplete, match="ZY·KN"):
        attach(session, item, arrive(store, png()), actor=cast.keeper.actor, at=NOON)


def test_a_superior_adds_nothing_to_a_subordinate_file(session: Session, cast: Cast, store: FolderStore) -> None:
    file = make_file(session, cast)
    with pytest.raises(NotTheKeepersUnit, match=r"art\. 7"):
        take_in(session, file, arrive(store, png()), common(), actor=cast.supervisor.actor, at=NOON, on=MONDAY)


def test_refused_bytes_are_set_aside_not_deleted(session: Session, cast: Cast, store: FolderStore) -> None:
    file = make_file(session, cast)
    first = take(session, store, cast, file, png(), "first.png")
    again = arrive(store, png(), "again.png")
    with pytest.raises(DuplicateBytes), aside_if_refused(store, again):
        take_in(session, file, again, common(), actor=cast.keeper.actor, at=NOON, on=MONDAY)
    assert keys(store) == [first.key]
    assert keys(store, "aside") == [f"aside/{again.stored.key}"]


def test_bytes_for_what_is_out_of_sight_by_then_are_set_aside(store: FolderStore) -> None:
    arrived = arrive(store, png())
    with pytest.raises(NotVisible), aside_if_refused(store, arrived):
        raise NotVisible
    assert keys(store, "aside") == [f"aside/{arrived.stored.key}"]


def test_a_stub_takes_no_bytes(session: Session, cast: Cast) -> None:
    item = make_item(session, make_file(session, cast), cast.keeper.actor, "收入证明")
    session.flush()
    item.file.destroyed_on, item.file.destroyed_under = MONDAY, "XH-2026-0001"
    with session.no_autoflush, pytest.raises(RecordDestroyed):
        check_takes_bytes(session, item)


def test_after_an_error_that_may_follow_the_commit_the_bytes_stay(store: FolderStore) -> None:
    arrived = arrive(store, png())
    with pytest.raises(ConnectionError), aside_if_refused(store, arrived):
        raise ConnectionError("The database went away while it was committing.")
    assert keys(store) == [arrived.stored.key]


def test_of_the_same_bytes_sent_twice_at_once_one_is_kept(both_databases: Database, store: FolderStore) -> None:
    with both_databases.begin() as session:
        people = make_cast(session)
        file_id = make_file(session, people).id
        actor = people.keeper.actor
    sent = [arrive(store, png(), f"{number}.png") for number in range(4)]

    def send(number: int) -> str:
        try:
            with both_databases.begin() as session:
                file = session.get_one(File, file_id)
                take_in(session, file, sent[number], common(), actor=actor, at=NOON + timedelta(seconds=1), on=MONDAY)
        except DuplicateBytes:
            return "refused"
        return "kept"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(send, range(4))) == ["kept", "refused", "refused", "refused"]
    with both_databases.reading() as session:
        assert session.scalar(select(func.count()).select_from(DigitalObject)) == 1
        assert session.scalar(select(func.count()).select_from(Item)) == 1


def test_the_carrier_is_what_the_keeper_says(session: Session, cast: Cast, store: FolderStore) -> None:
    file = make_file(session, cast)
    scan = take_in(
        session, file, arrive(store, png()), common(carrier=Carrier.PAPER), actor=cast.keeper.actor, at=NOON, on=MONDAY
    )
    assert scan.item.carrier is Carrier.PAPER
