"""What the demonstration is going to hold, on whatever day it is built."""

import hashlib
from datetime import date

import pytest

from classification.hardship import HardshipClass
from classification.identity import resident_number
from demonstration.building import Plan
from demonstration.local_rules import class_of
from demonstration.material import FIRST_DAY, Piece
from records.files.models import WithdrawalReason

DAYS = (date(2026, 11, 23), date(2026, 12, 26), date(2027, 1, 1), date(2028, 2, 29), date(2031, 7, 6))


@pytest.mark.parametrize("today", DAYS)
def test_nothing_happens_before_the_regulation_or_after_today(today: date) -> None:
    for draft in Plan.of(today).drafts:
        assert FIRST_DAY <= draft.opened_on <= today
        assert all(draft.opened_on <= piece.on <= today for piece in draft.pieces), draft.title
        if draft.withdrawn:
            assert draft.opened_on < draft.withdrawn[1] <= today


@pytest.mark.parametrize("today", DAYS)
def test_there_are_some_fifty_households_with_every_reason_to_leave(today: date) -> None:
    households = [draft for draft in Plan.of(today).drafts if draft.household]
    assert 45 <= len(households) <= 60
    assert {draft.withdrawn[0] for draft in households if draft.withdrawn} == {
        reason for reason in WithdrawalReason if reason.chosen
    }


@pytest.mark.parametrize("today", DAYS)
def test_nobody_is_entered_twice_and_every_number_is_of_no_region(today: date) -> None:
    numbers = [
        member.number for draft in Plan.of(today).drafts if draft.household for member in draft.household.members
    ]
    assert len(numbers) == len(set(numbers))
    assert all(resident_number(number) == number and number.startswith("99") for number in numbers)


def test_the_same_day_gives_the_same_files_and_bytes() -> None:
    first, second = Plan.of(DAYS[0]), Plan.of(DAYS[0])
    assert [_outline(draft.pieces) for draft in first.drafts] == [_outline(draft.pieces) for draft in second.drafts]
    assert [draft.household for draft in first.drafts] == [draft.household for draft in second.drafts]
    made = {
        piece.name.rpartition(".")[2]: (piece, again)
        for piece, again in zip(first.pieces(), second.pieces(), strict=True)
    }
    made.pop("")
    assert len(made) == 7
    for piece, again in made.values():
        assert _digest(piece) == _digest(again), piece.name


def _outline(pieces: object) -> list[object]:
    assert isinstance(pieces, list)
    return [(piece.description, piece.on, piece.name, piece.paper_pages, piece.files) for piece in pieces]


def _digest(piece: Piece) -> str:
    assert piece.make
    return hashlib.sha256(piece.make()).hexdigest()


@pytest.mark.parametrize("today", DAYS)
def test_every_household_is_in_a_class_by_the_line_of_its_place_and_day(today: date) -> None:
    drafts = [draft for draft in Plan.of(today).drafts if draft.household]
    found = {class_of(draft.household, draft.unit, draft.opened_on) for draft in drafts if draft.household}
    assert found == set(HardshipClass)
    for draft in drafts:
        assert draft.household
        assert draft.household.hardship_class is class_of(draft.household, draft.unit, draft.opened_on)
