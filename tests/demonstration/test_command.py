"""`anjuan demo` on an installation that has something already."""

import shutil
from pathlib import Path

from click.testing import CliRunner, Result
from sqlalchemy import func, select

from accounts.roles import OPERATOR
from audit.models import AuditEntry
from commands import main
from commands.office import open_office
from commands.schema import upgrade
from config import default_settings
from units.models import UnitKind
from units.services import found_unit


def demo(folder: Path) -> Result:
    return CliRunner().invoke(main, ["demo"], env={"ANJUAN_DATA_FOLDER": str(folder)})


def test_a_finished_demonstration_is_left_as_it_is(demonstration_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(demonstration_folder, folder)
    entries = _entries(folder)
    result = demo(folder)
    assert result.exit_code == 0
    assert "there already" in result.output
    assert _entries(folder) == entries


def test_an_installation_of_somebodys_own_is_refused_and_not_changed(tmp_path: Path) -> None:
    with open_office(default_settings(tmp_path)) as office:
        upgrade(office.database)
        with office.database.begin() as session:
            found_unit(session, None, "某市总工会", UnitKind.MUNICIPAL, actor=OPERATOR)
    result = demo(tmp_path)
    assert result.exit_code == 1
    assert "nothing was changed" in result.output
    assert _entries(tmp_path) == 1


def _entries(folder: Path) -> int:
    with open_office(default_settings(folder)) as office, office.database.reading() as session:
        return session.scalar(select(func.count()).select_from(AuditEntry)) or 0
