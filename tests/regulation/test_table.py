"""The table of docs/regulation.md: every article has a row, and every module, constraint and test it names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs" / "regulation.md").read_text()
ROWS = re.findall(r"^\| (\d+)(?: [a-d])? \|(.*)\|$", TABLE, re.MULTILINE)
CODE = "\n".join(path.read_text() for path in ROOT.glob("*/**/models.py")) + "\n".join(
    (ROOT / path).read_text() for path in ("records/files/living.py",)
)


def test_every_article_has_a_row() -> None:
    assert {int(article) for article, _ in ROWS} == set(range(1, 22))
    assert all("::" in row for _, row in ROWS)


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(tests/[^`]+)`", TABLE))))
def test_every_test_of_the_table_exists(name: str) -> None:
    path, _, function = name.partition("::")
    assert re.search(rf"^def {function}\(", (ROOT / path).read_text(), re.MULTILINE)


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([a-z]+/[^`]+\.py)`", TABLE))))
def test_every_module_of_the_table_exists(name: str) -> None:
    assert (ROOT / name).is_file()


@pytest.mark.parametrize("name", sorted({name for each in re.findall(r"; ((?:`\w+`(?:, )?)+) \|", TABLE)
                                         for name in re.findall(r"\w+", each)}))  # fmt: skip
def test_every_constraint_of_the_table_exists(name: str) -> None:
    assert f'"{name}"' in CODE
