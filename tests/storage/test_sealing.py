"""Sealed columns: nothing readable at rest, keys that can be changed, and one secret file for all processes."""

import json
import stat
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, InvalidToken
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from storage.sealing import Vault, vault_of

NUMBER = "11010519491231002X"
KEYS = Vault((Fernet.generate_key().decode(),), "matching", "signing")


@given(st.text())
def test_what_is_sealed_opens_again(text: str) -> None:
    assert KEYS.unseal(KEYS.seal(text)) == text


def test_sealing_twice_shows_no_likeness() -> None:
    first, second = KEYS.seal(NUMBER), KEYS.seal(NUMBER)
    assert first != second
    assert NUMBER not in first


@given(st.text(), st.text())
def test_marks_are_equal_for_equal_texts_only(one: str, other: str) -> None:
    assert (KEYS.blind(one) == KEYS.blind(other)) == (one == other)


def test_a_mark_tells_nothing_without_the_key() -> None:
    assert replace(KEYS, matching_key="another").blind(NUMBER) != KEYS.blind(NUMBER)
    assert NUMBER not in KEYS.blind(NUMBER)


def test_a_fresh_key_in_front_seals_and_the_old_ones_open() -> None:
    sealed = KEYS.seal(NUMBER)
    both = replace(KEYS, sealing_keys=(Fernet.generate_key().decode(), *KEYS.sealing_keys))
    new_only = replace(both, sealing_keys=both.sealing_keys[:1])
    assert both.unseal(sealed) == NUMBER
    with pytest.raises(InvalidToken):
        new_only.unseal(sealed)
    assert new_only.unseal(both.seal(NUMBER)) == NUMBER
    assert new_only.blind(NUMBER) == KEYS.blind(NUMBER)


def test_altered_text_does_not_open() -> None:
    sealed = KEYS.seal(NUMBER)
    with pytest.raises(InvalidToken):
        KEYS.unseal(sealed[:-4] + "AAA=")


def test_the_secret_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secrets.json"
    made = Vault.open_or_create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Vault.open_or_create(path) == made
    assert [entry.name for entry in path.parent.iterdir()] == ["secrets.json"]


def test_processes_that_start_at_once_share_one_set_of_keys(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4, mp_context=get_context("forkserver")) as processes:
        vaults = list(processes.map(Vault.open_or_create, [tmp_path / "secrets.json"] * 8))
    assert len(set(vaults)) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["secrets.json"]


@pytest.mark.parametrize("content", ["", "[]", "{}", json.dumps({"sealing_keys": []}), "null"])
def test_a_file_without_the_keys_is_not_overwritten(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secrets.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"secrets\.json does not hold the keys"):
        Vault.open_or_create(path)
    assert path.read_text() == content


def test_a_session_knows_its_vault(session: Session, vault: Vault) -> None:
    assert vault_of(session) is vault
