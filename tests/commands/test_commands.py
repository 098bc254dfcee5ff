"""The console: what it files, what it finds wrong, and what it says."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copytree, rmtree

import pytest
from click.testing import CliRunner, Result
from PIL import Image
from sqlalchemy import func, select

from accounts.errors import SignInRefused
from accounts.services import check_password
from classification.categories import Category
from classification.periods import Period
from commands import main
from commands.office import Office, open_office
from commands.schema import upgrade
from config import default_settings
from records.files.models import File, Item
from records.holdings.boxes import add_box
from records.holdings.models import DigitalObject, PlaceKind, Rendition
from records.holdings.places import add_place
from tests.cast import MONDAY, NOON, PASSWORD, make_cast, make_file


@pytest.fixture(scope="module")
def _installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an installation, of which each test has a copy: to migrate takes a while."""
    folder = tmp_path_factory.mktemp("installed") / "data"
    with open_office(replace(default_settings(folder), clock=lambda: NOON)) as office:
        upgrade(office.database)
        with office.database.begin() as session:
            cast = make_cast(session)
            make_file(session, cast)
            place = add_place(session, cast.district, PlaceKind.REPOSITORY, "一库", actor=cast.keeper.actor)
            add_box(
                session, place, Category.ORIGINAL, 2026, Period(10),
                keeper=cast.keeper, actor=cast.keeper.actor, at=NOON, on=MONDAY, barcode="H-1",
            )  # fmt: skip
    return folder


@pytest.fixture
def office(_installed: Path, tmp_path: Path) -> Iterator[Office]:
    """An installation with the cast and one household file of 2026, and a box for it."""
    folder = copytree(_installed, tmp_path / "data")
    with open_office(replace(default_settings(folder), clock=lambda: NOON)) as office:
        yield office


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as it comes from a desk: a text, a photograph, an empty file, a broken picture, a wrong name."""
    folder = tmp_path / "来件"
    folder.mkdir()
    (folder / "申请书.txt").write_text("本人因病致困，申请帮扶。", encoding="gb18030")
    Image.new("RGB", (64, 48), "teal").save(folder / "照片.jpg")
    (folder / "空.txt").write_bytes(b"")
    (folder / "坏.jpg").write_bytes((folder / "照片.jpg").read_bytes()[:200])
    (folder / "不是影片.mp4").write_text("only a text")
    return folder


CODE = "C038-ZY·KN·2026·D10-0001"


def run(office: Office, *arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, env={"ANJUAN_DATA_FOLDER": str(office.settings.data_folder)})


def count(office: Office, model: type, *conditions: object) -> int:
    with office.database.reading() as session:
        return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0


def test_a_folder_is_filed_and_every_exception_has_its_reason(office: Office, folder: Path) -> None:
    result = run(office, "file", str(folder), "--into", CODE)
    said = dict(line.split(": ", 1) for line in result.output.splitlines() if ": " in line)
    assert result.exit_code == 0, result.output
    assert said["filed   申请书.txt"].startswith(f"{CODE}-002 (text/plain")
    assert "art. 15" in said["kept    照片.jpg"]
    assert "empty" in said["refused 空.txt"]
    assert "cannot be filed" in said["kept    坏.jpg"]
    assert "mislabelled" in said["filed   不是影片.mp4"]
    assert count(office, Item, Item.filed_on.is_not(None)) == 2


def test_what_comes_back_is_what_went_in_byte_for_byte(office: Office, folder: Path) -> None:
    run(office, "file", str(folder), "--into", CODE)
    with office.database.reading() as session:
        kept = {row.name: row.key for row in session.scalars(select(DigitalObject))}
    assert kept.keys() == {"申请书.txt", "照片.jpg", "坏.jpg", "不是影片.mp4"}
    for name, key in kept.items():
        with office.store.open(key) as stream:
            assert stream.read() == (folder / name).read_bytes()


def test_a_second_run_files_nothing_twice(office: Office, folder: Path) -> None:
    run(office, "file", str(folder), "--into", CODE)
    before = count(office, Item), count(office, DigitalObject)
    again = run(office, "file", str(folder), "--into", CODE)
    assert (count(office, Item), count(office, DigitalObject)) == before
    assert "2 kept, 2 known, 1 refused" in again.output


def test_with_a_box_for_the_paper_counterparts_a_photograph_is_filed(office: Office, folder: Path) -> None:
    run(office, "file", str(folder), "--into", CODE)
    result = run(office, "file", str(folder / "照片.jpg"), "--into", CODE, "--box", "H-1")
    assert "filed   照片.jpg: C038-ZP·2026·D10-0001" in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--into", "C038-ZY·KN·2026·D10-0999"), "There is no file"),
        (("--into", CODE, "--box", "H-404"), "has the barcode H-404"),
        (("--into", CODE, "--type", "poem"), "There is no document type poem"),
        (("--into", CODE, "--as", "nobody"), "There is no open account nobody"),
    ],
)
def test_a_wrong_order_is_refused_before_anything_is_stored(
    office: Office, folder: Path, arguments: tuple[str, ...], said: str
) -> None:
    result = run(office, "file", str(folder), *arguments)
    assert result.exit_code == 1
    assert said in result.output
    assert list(office.store.keys()) == []


def test_a_whole_installation_verifies(office: Office, folder: Path) -> None:
    run(office, "file", str(folder), "--into", CODE)
    result = run(office, "verify")
    assert result.exit_code == 0, result.output
    assert "Objects: 4 read" in result.output
    assert "0 faults" in result.output


def test_an_altered_a_missing_and_a_shortened_object_are_named(office: Office, folder: Path) -> None:
    run(office, "file", str(folder), "--into", CODE)
    root = office.settings.data_folder / "objects"
    with office.database.reading() as session:
        rows = {row.name: root / row.key for row in session.scalars(select(DigitalObject))}
    rows["申请书.txt"].unlink()
    shown = bytearray(rows["照片.jpg"].read_bytes())
    shown[-1] ^= 1
    for name, content in (("照片.jpg", bytes(shown)), ("坏.jpg", b"short")):
        rows[name].chmod(0o600)
        rows[name].write_bytes(content)
    result = run(office, "verify")
    assert result.exit_code == 1
    for name, reason in (("申请书.txt", "missing"), ("照片.jpg", "altered"), ("坏.jpg", "5 bytes are stored")):
        assert any(name in line and reason in line for line in result.output.splitlines()), result.output


def test_an_altered_chain_breaks_the_check(office: Office) -> None:
    raw = sqlite3.connect(office.settings.data_folder / "anjuan.db")
    raw.execute("DROP TRIGGER audit_entry_no_update")
    raw.execute("UPDATE audit_entry SET actor = 'somebody' WHERE number = 3")
    raw.commit()
    raw.close()
    result = run(office, "verify")
    assert result.exit_code == 1
    assert "BROKEN. Entry 3 was altered." in result.output


def test_an_anchor_from_another_chain_breaks_the_check(office: Office) -> None:
    assert run(office, "verify", "--anchor", f"1:{'0' * 64}").exit_code == 1
    assert run(office, "verify", "--anchor", "somewhere").exit_code == 2


def test_an_index_built_anew_is_level_with_the_chain(office: Office, folder: Path) -> None:
    run(office, "file", str(folder), "--into", CODE)
    result = run(office, "reindex")
    assert result.exit_code == 0, result.output
    index = office.index()
    assert len(index) == count(office, Item) + count(office, File)


def test_what_was_made_of_objects_is_made_anew_after_its_folder_was_lost(office: Office, folder: Path) -> None:
    run(office, "file", str(folder), "--into", CODE)
    before = [found.size_bytes for found in office.store.keys("derived")]
    rmtree(office.settings.data_folder / "objects" / "derived")
    result = run(office, "reindex", "--derived")
    assert result.exit_code == 0, result.output
    with office.database.reading() as session:
        kept = set(session.scalars(select(Rendition.key)))
    made = list(office.store.keys("derived"))
    assert {found.key for found in made} == kept
    assert sorted(found.size_bytes for found in made) == sorted(before)


def test_a_ready_installation_passes_the_check_of_its_parts(office: Office) -> None:
    result = run(office, "check")
    assert result.exit_code == 0, result.output


def test_an_installation_is_founded_once(tmp_path: Path) -> None:
    env = {"ANJUAN_DATA_FOLDER": str(tmp_path / "new")}
    passwords = "\n".join(f"long-enough-{number}\nlong-enough-{number}" for number in range(3)) + "\n"
    first = CliRunner().invoke(main, ["found", "东区总工会", "--fonds", "C038"], input=passwords, env=env)
    assert first.exit_code == 0, first.output
    second = CliRunner().invoke(main, ["found", "西区总工会", "--fonds", "C039"], input=passwords, env=env)
    assert second.exit_code == 1
    assert "founded already" in second.output


def test_the_operator_gives_an_account_a_new_password(office: Office) -> None:
    env = {"ANJUAN_DATA_FOLDER": str(office.settings.data_folder)}
    given = CliRunner().invoke(main, ["password", "audit"], input="brand-new-words\nbrand-new-words\n", env=env)
    assert given.exit_code == 0, given.output
    with office.database.reading() as session:
        assert check_password(session, "audit", "brand-new-words").name == "audit"
        with pytest.raises(SignInRefused):
            check_password(session, "audit", PASSWORD)
    assert CliRunner().invoke(main, ["password", "audit"], input="short\nshort\n", env=env).exit_code == 1
