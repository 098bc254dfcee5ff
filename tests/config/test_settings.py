"""Settings: each is documented, each has a default, and a bad value names its variable."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from config import default_settings, read

DOCUMENT = Path(__file__).parents[2] / "docs" / "settings.md"


class Recorder(dict[str, str]):
    """An environment that notes what is asked of it."""

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def get(self, name: str, default: object = None) -> object:  # type: ignore[override]
        self.asked.add(name)
        return super().get(name, default)  # type: ignore[arg-type]


def documented() -> dict[str, str]:
    """The default of every variable in the table, the first code of its column."""
    return dict(re.findall(r"^\| `(ANJUAN_\w+)` \| `([^`]*)`", DOCUMENT.read_text(), re.MULTILINE))


def test_every_setting_is_documented_and_nothing_else() -> None:
    environ = Recorder({})
    read(environ)
    assert documented().keys() == environ.asked


def test_the_documented_defaults_are_the_defaults() -> None:
    stated = {name: value for name, value in documented().items() if not name.endswith(("_URL", "_FOLDER", "_FILE"))}
    assert read(stated) == read({})


def test_everything_lies_below_the_data_folder(tmp_path: Path) -> None:
    settings = default_settings(tmp_path)
    assert settings.database_url == f"sqlite:///{tmp_path}/anjuan.db"
    assert settings.objects_url == (tmp_path / "objects").as_uri()
    assert (settings.index_folder, settings.secret_file) == (tmp_path / "index", tmp_path / "secrets.json")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ANJUAN_PORT", "http"),
        ("ANJUAN_THREADS", "-1"),
        ("ANJUAN_THREADS", "0"),
        ("ANJUAN_UPLOAD_LIMIT_BYTES", "20 GB"),
        ("ANJUAN_INDEX_CACHE_BYTES", "1.5"),
        ("ANJUAN_SESSION_MINUTES", ""),
        ("ANJUAN_SESSION_MINUTES", "0"),
        ("ANJUAN_LOAN_DAYS", "seven"),
        ("ANJUAN_BEHIND_HTTPS", "true"),
        ("ANJUAN_DEMONSTRATION", "1"),
        ("ANJUAN_DAYS_AHEAD", "-1"),
        ("ANJUAN_DAYS_AHEAD", "a year"),
        ("ANJUAN_DAYS_AHEAD", "36501"),
        ("ANJUAN_PUBLIC_ADDRESS", "anjuan.example"),
        ("ANJUAN_TIME_ZONE", "Chongqing"),
        ("ANJUAN_TIME_ZONE", "../etc/passwd"),
    ],
)
def test_a_bad_value_names_its_variable(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name):
        read({name: value})


@pytest.mark.parametrize(("value", "expected"), [("yes", True), ("YES", True), ("no", False)])
def test_a_switch_is_yes_or_no(value: str, expected: bool) -> None:
    assert read({"ANJUAN_BEHIND_HTTPS": value}).behind_https is expected


def test_the_day_begins_where_the_office_is() -> None:
    settings = read({"ANJUAN_TIME_ZONE": "Asia/Shanghai"})
    evening = type(settings)(**{**vars(settings), "clock": lambda: datetime(2026, 3, 1, 17, 0, tzinfo=UTC)})
    assert evening.today() == date(2026, 3, 2)
    assert evening.now().utcoffset() is not None


def test_the_clock_of_a_demonstration_goes_ahead() -> None:
    ahead = read({"ANJUAN_DEMONSTRATION": "yes", "ANJUAN_DAYS_AHEAD": "3653"})
    assert abs(ahead.now() - datetime.now(UTC) - timedelta(days=3653)) < timedelta(minutes=1)


def test_no_clock_is_moved_where_real_files_are_kept() -> None:
    with pytest.raises(ValueError, match=r"ANJUAN_DAYS_AHEAD .* ANJUAN_DEMONSTRATION"):
        read({"ANJUAN_DAYS_AHEAD": "1"})
