"""The frame of the house: its map, its commands, and its texts in both languages."""

import re
from configparser import ConfigParser
from gettext import GNUTranslations
from pathlib import Path

import pytest

from scripts import messages

ROOT = Path(__file__).resolve().parent.parent


def test_every_text_is_translated_and_keeps_its_placeholders() -> None:
    assert list(messages.faults(ROOT)) == []


def test_every_package_of_the_tree_stands_on_the_map() -> None:
    contracts = ConfigParser()
    contracts.read(ROOT / ".importlinter")
    on_the_map = set(contracts["importlinter"]["root_packages"].split())
    assert on_the_map == {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}


def test_every_command_that_the_readme_names_can_be_made() -> None:
    targets = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for name in ("README.md", "README.zh-CN.md"):
        named = set(re.findall(r"\bmake ([a-z]+)\b(?=`|\s*$|\s+#)", (ROOT / name).read_text(), re.MULTILINE))
        assert {"run", "test"} <= named <= targets, name


def test_the_locks_name_no_index() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        assert not re.search(r"://|index-url|find-links", lock.read_text()), lock.name


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A tree of two rooms: `lending` says one thing of its own and one that the shared room says too."""
    for path, text in {
        "web/__init__.py": "SAVE = N_('Save')",
        "records/__init__.py": "",
        "records/lending/__init__.py": "_('Save'); _('Lent until {due_on:%Y-%m-%d}')",
        "templates/records/lending/loan.html": "{{ ngettext('%(num)d loan', '%(num)d loans', loans) }}",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert messages.main([], tmp_path) == 0
    return tmp_path


def catalogue(house: Path, room: str) -> Path:
    return messages.catalogue_path(house, room, "zh")


def translate(house: Path, room: str, text: str, translation: str) -> None:
    """Write a translation into a catalogue as a person would."""
    path = catalogue(house, room)
    before = path.read_text()
    head, found, tail = before.partition(f'"{text}"\n')
    assert found
    path.write_text(head + found + re.sub(r'(?m)^(msgstr(?:\[0\])?) ".*"', rf'\1 "{translation}"', tail, count=1))


@pytest.fixture
def translated(house: Path) -> Path:
    """The same tree with every text translated."""
    translate(house, "web", "Save", "保存")
    translate(house, "lending", "Lent until {due_on:%Y-%m-%d}", "借至 {due_on:%Y-%m-%d}")
    translate(house, "lending", "%(num)d loan", "%(num)d 次借阅")
    return house


def test_a_room_collects_its_code_and_templates_but_not_what_is_shared(house: Path) -> None:
    ids = {message.id for message in messages.read(catalogue(house, "lending"), "zh") if message.id}
    assert ids == {"Lent until {due_on:%Y-%m-%d}", ("%(num)d loan", "%(num)d loans")}


def test_a_text_in_an_f_string_is_collected_too(house: Path) -> None:
    (house / "records/lending/sheets.py").write_text("name = f\"{number} {gettext('Loan register')}\"")
    messages.main(["--room", "lending"], house)
    assert messages.read(catalogue(house, "lending"), "zh").get("Loan register")


def test_complete_catalogues_have_no_fault(translated: Path) -> None:
    assert list(messages.faults(translated)) == []


def test_collecting_again_changes_nothing(translated: Path) -> None:
    before = catalogue(translated, "lending").read_bytes()
    messages.main(["--room", "lending"], translated)
    assert catalogue(translated, "lending").read_bytes() == before


@pytest.mark.parametrize(
    ("spoilt", "fault"),
    [
        (lambda house: translate(house, "web", "Save", ""), "zh/web.po: 'Save' is not translated"),
        (
            lambda house: translate(house, "lending", "%(num)d loan", "%(number)d 次"),
            "zh/lending.po: ('%(num)d loan', '%(num)d loans') has other placeholders in its translation",
        ),
        (
            lambda house: (house / "records/lending/views.py").write_text("_('Return')"),
            "zh/lending.po: 'Return' is missing",
        ),
        (lambda house: (house / "web/__init__.py").write_text(""), "zh/web.po: 'Save' is not used"),
        (
            lambda house: (house / "templates/records/stray.html").write_text("{{ _('Stray') }}"),
            "templates/records/stray.html: belongs to no room",
        ),
        (
            lambda house: catalogue(house, "lending").rename(catalogue(house, "loans")),
            "zh/loans.po: there is no such room",
        ),
    ],
)
def test_each_fault_of_the_catalogues_is_found(translated: Path, spoilt: object, fault: str) -> None:
    assert callable(spoilt)
    spoilt(translated)
    assert fault in list(messages.faults(translated))
    assert messages.main(["--check"], translated) == 1


def test_two_rooms_translate_one_text_alike(translated: Path) -> None:
    (translated / "units").mkdir()
    (translated / "units/__init__.py").write_text("_('Lent until {due_on:%Y-%m-%d}')")
    messages.main(["--room", "units"], translated)
    translate(translated, "units", "Lent until {due_on:%Y-%m-%d}", "借出至 {due_on:%Y-%m-%d}")
    assert any("is translated otherwise than in zh/units.po" in fault for fault in messages.faults(translated))


def test_the_program_reads_what_was_translated(translated: Path) -> None:
    messages.main(["--compile"], translated)
    with catalogue(translated, "lending").with_suffix(".mo").open("rb") as file:
        read = GNUTranslations(file)
    assert read.ngettext("%(num)d loan", "%(num)d loans", 3) == "%(num)d 次借阅"
