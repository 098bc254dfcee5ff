"""The worker's step: everything is examined once, nothing bad stops it, and all it makes can be made again."""

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from accounts.models import User
from accounts.roles import Actor
from audit import AuditEntry
from classification.categories import RecordForm
from records.files.models import File
from records.holdings.intake import take_in
from records.holdings.models import DigitalObject, ObjectText, Rendition
from records.holdings.work import again, prepare_some
from storage.database import Database
from storage.media import Prepared, Workshop
from storage.objects import FolderStore, ObjectStore, StoreUnavailable, open_store
from storage.objects.s3 import S3Store
from tests.cast import MONDAY, NOON, make_cast, make_file
from tests.records.holdings.makers import arrive, common, pdf, png
from tests.storage.objects.s3_server import rclone_server


@pytest.fixture
def office(both_databases: Database) -> Database:
    with both_databases.begin() as session:
        make_file(session, make_cast(session))
    return both_databases


def upload(database: Database, store: ObjectStore, *files: tuple[str, bytes]) -> list[int]:
    """Take files in as the district's keeper would."""
    keeper = keeper_of_the_district(database)
    made = []
    for name, content in files:
        arrived = arrive(store, content, name)
        with database.begin() as session:
            file = session.scalars(select(File)).one()
            made.append(take_in(session, file, arrived, common(), actor=keeper, at=NOON, on=MONDAY).id)
    return made


def keeper_of_the_district(database: Database) -> Actor:
    with database.reading() as session:
        return session.scalars(select(User).where(User.name == "keeper")).one().actor


def derived(store: ObjectStore) -> set[str]:
    return {found.key for found in store.keys("derived")}


def test_an_object_gets_its_type_text_and_pictures(office: Database, store: FolderStore, workshop: Workshop) -> None:
    [number] = upload(office, store, ("misnamed.jpg", pdf("Household in need")))
    assert prepare_some(office, store, workshop, limit=10) == 1
    assert prepare_some(office, store, workshop, limit=10) == 0
    with office.reading() as session:
        row = session.get_one(DigitalObject, number)
        assert (row.media_type, row.facts["pages"]) == ("application/pdf", 1)
        assert [finding["code"] for finding in row.findings] == ["mislabelled"]
        assert "Household in need" in session.get_one(ObjectText, number).text
        kinds = session.scalars(select(Rendition.kind).where(Rendition.object_id == number)).all()
        assert kinds == ["thumbnail"]
        noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "object.prepared")).all()
        assert [entry.actor for entry in noted] == ["worker"]
        assert row.item.form is RecordForm.TEXT


def test_bad_bytes_get_findings_and_hold_nothing_up(office: Database, store: FolderStore, workshop: Workshop) -> None:
    damaged, whole = upload(office, store, ("cut.png", png(1, 200)[:90]), ("whole.png", png(2)))
    while prepare_some(office, store, workshop, limit=1):
        pass
    with office.reading() as session:
        assert {finding["code"] for finding in session.get_one(DigitalObject, damaged).findings} & {
            "damaged",
            "truncated",
        }
        assert session.get_one(DigitalObject, whole).findings == []


def test_a_missing_object_gets_a_finding(office: Database, store: FolderStore, workshop: Workshop) -> None:
    lost, whole = upload(office, store, ("lost.png", png(1)), ("whole.png", png(2)))
    with office.reading() as session:
        (store.root / session.get_one(DigitalObject, lost).key).unlink()
    assert prepare_some(office, store, workshop, limit=10) == 2
    with office.reading() as session:
        assert [finding["code"] for finding in session.get_one(DigitalObject, lost).findings] == ["damaged"]
        assert session.get_one(DigitalObject, whole).findings == []


class Garbling(Workshop):
    """A workshop that reads out of one file what no database stores."""

    def prepare(self, path: Path, name: str) -> Prepared:
        prepared = super().prepare(path, name)
        return replace(prepared, text="\ud800") if name == "bad.png" else prepared


def test_what_cannot_be_noted_is_damaged_and_holds_nothing_up(office: Database, store: FolderStore) -> None:
    before, bad, after = upload(office, store, ("a.png", png(1)), ("bad.png", png(2)), ("c.png", png(3)))
    with Garbling() as garbling:
        assert prepare_some(office, store, garbling, limit=10) == 3
    with office.reading() as session:
        row = session.get_one(DigitalObject, bad)
        assert ([finding["code"] for finding in row.findings], row.facts) == (["damaged"], {})
        assert session.get_one(DigitalObject, before).findings == session.get_one(DigitalObject, after).findings == []
        prepared = select(AuditEntry.subject_id).where(AuditEntry.action == "object.prepared")
        assert session.scalars(prepared.order_by(AuditEntry.number)).all() == [before, bad, after]
        assert set(session.scalars(select(Rendition.key))) == derived(store)


class Unreachable(FolderStore):
    """A store that does not answer."""

    def local_path(self, key: str) -> object:  # type: ignore[override]
        raise StoreUnavailable("gone")


def test_a_store_that_is_away_condemns_no_object(office: Database, store: FolderStore, workshop: Workshop) -> None:
    [number] = upload(office, store, ("whole.png", png(1)))
    with pytest.raises(StoreUnavailable):
        prepare_some(office, Unreachable(store.root), workshop, limit=10)
    assert prepare_some(office, store, workshop, limit=10) == 1
    with office.reading() as session:
        assert session.get_one(DigitalObject, number).findings == []


def test_several_workers_prepare_each_object_once(office: Database, store: FolderStore) -> None:
    upload(office, store, *((f"{number}.png", png(number)) for number in range(12)))

    def work(_: int) -> int:
        done = 0
        with Workshop() as own:
            while count := prepare_some(office, store, own, limit=3):
                done += count
        return done

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(work, range(3))) == 12
    with office.reading() as session:
        assert session.scalar(select(func.count()).where(AuditEntry.action == "object.prepared")) == 12
        assert set(session.scalars(select(Rendition.key))) == derived(store)


def test_what_was_made_can_be_thrown_away_and_made_again(
    office: Database, store: FolderStore, workshop: Workshop
) -> None:
    upload(office, store, ("a.pdf", pdf()), ("b.png", png()))
    prepare_some(office, store, workshop, limit=10)
    before = derived(store)
    assert again(office, store, media_type="image/png") == 1
    assert len(derived(store)) == 1
    assert again(office, store) == 1
    assert derived(store) == set()
    with office.reading() as session:
        assert session.scalar(select(func.count()).select_from(ObjectText)) == 0
    assert prepare_some(office, store, workshop, limit=10) == 2
    assert len(derived(store)) == len(before) == 2


def test_objects_in_an_s3_service_are_prepared_too(
    both_databases: Database, workshop: Workshop, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with both_databases.begin() as session:
        make_file(session, make_cast(session))
    folder = tmp_path_factory.mktemp("s3") / "served"
    folder.mkdir()
    with rclone_server(folder) as server:
        store = open_store(server.url("objects"))
        assert isinstance(store, S3Store)
        [number] = upload(both_databases, store, ("a.pdf", pdf()))
        assert prepare_some(both_databases, store, workshop, limit=10) == 1
        with both_databases.reading() as session:
            picture = session.scalars(select(Rendition).where(Rendition.object_id == number)).one()
            with store.open(picture.key) as stream:
                assert stream.read().startswith(b"\xff\xd8")


def test_nothing_reads_the_bytes_in_a_write_transaction(
    office: Database, store: FolderStore, workshop: Workshop
) -> None:
    upload(office, store, ("a.png", png()))
    writes = io.StringIO()

    class Watched(FolderStore):
        def put(self, *arguments: object, **options: object) -> object:  # type: ignore[override]
            with office.begin() as session:  # would wait for ever inside another write transaction on SQLite
                session.execute(select(1))
            writes.write("stored")
            return super().put(*arguments, **options)  # type: ignore[arg-type]

    assert prepare_some(office, Watched(store.root), workshop, limit=10) == 1
    assert writes.getvalue() == "stored"
