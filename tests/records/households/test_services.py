"""Registering households: who is entered, matched, masked and changed, and what the chain keeps of it."""

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from audit import AuditEntry, seal
from classification.hardship import HardshipClass
from classification.identity import MUNICIPAL_MASKS, Sex
from records.households.errors import (
    BadIdNumber,
    EmployerMissing,
    IdNumberMissing,
    LeftBeforeJoined,
    NamedOtherwise,
    OneWorker,
    TwiceInHousehold,
)
from records.households.models import Cause, Employment, FormerHousehold, Household, Person, Relation
from records.households.services import (
    HouseholdEntry,
    MemberEntry,
    add_member,
    change_household,
    determine,
    masked_number,
    masked_phone,
    person_with_number,
    register_household,
    remove_member,
    unsealed_number,
    unsealed_phone,
)
from storage.sealing import Vault
from tests.cast import MONDAY, NUMBERS, Cast, household_entry

OLD_FORM = "110105491231002"  # the 15 digits of NUMBERS[0]


def register(session: Session, cast: Cast, entry: HouseholdEntry | None = None) -> Household:
    return register_household(
        session,
        entry or household_entry(),
        unit_path=cast.district.path,
        actor=cast.keeper.actor,
        on=MONDAY,
    )


def join(session: Session, cast: Cast, household: Household, entry: MemberEntry) -> None:
    add_member(
        session, household, entry, active=False, unit_path=cast.district.path, actor=cast.keeper.actor, on=MONDAY
    )


def change(session: Session, cast: Cast, household: Household, **changes: object) -> None:
    fields: dict[str, object] = {
        "address": household.address,
        "employment": household.employment,
        "employer": household.employer,
        "main_cause": household.main_cause,
        "monthly_income_per_head": household.monthly_income_per_head,
        "phone": None,
        **changes,
    }
    change_household(session, household, unit_path=cast.district.path, actor=cast.keeper.actor, on=MONDAY, **fields)  # type: ignore[arg-type]


def details_of(session: Session, action: str) -> dict[str, object]:
    """The details of the last entry of this action in the chain."""
    seal(session)
    text = session.scalar(
        select(AuditEntry.details).where(AuditEntry.action == action).order_by(AuditEntry.number.desc())
    )
    assert text is not None
    found: dict[str, object] = json.loads(text)
    return found


def test_what_a_household_was_is_kept_before_its_first_change_of_a_day(session: Session, cast: Cast) -> None:
    household = register(session, cast)
    change(session, cast, household, address="新路2号")
    assert session.scalars(select(FormerHousehold)).all() == []
    was = household.main_cause, household.employment, None
    change(session, cast, household, main_cause=Cause.ACCIDENT)
    change(session, cast, household, employment=Employment.UNEMPLOYED)
    determine(
        session, household, HardshipClass.SLIGHTLY_ABOVE, unit_path=cast.district.path, actor=cast.keeper.actor,
        on=MONDAY,
    )  # fmt: skip
    kept = session.scalars(select(FormerHousehold)).one()
    assert (kept.main_cause, kept.employment, kept.hardship_class) == was
    assert kept.changed_on == MONDAY


def test_birth_and_sex_are_read_from_the_number(session: Session, cast: Cast) -> None:
    person = register(session, cast).worker.person
    assert (person.born_on, person.sex) == (date(1949, 12, 31), Sex.FEMALE)


@pytest.mark.parametrize(
    "written",
    [OLD_FORM, "11010519491231002x", "１１０１０５１９４９１２３１００２Ｘ", " 110105 19491231 002X "],
    ids=["15 digits", "lower-case x", "full width", "blanks"],
)
def test_a_number_is_one_person_however_it_is_written(session: Session, cast: Cast, written: str) -> None:
    first, second = register(session, cast), register(session, cast, household_entry(written))
    assert first.worker.person_id == second.worker.person_id
    assert unsealed_number(session, second.worker.person) == NUMBERS[0]


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("110105194912310021", "check sign"),
        ("11010519491331002X", "date of birth"),
        ("1101051949123100", "18 signs"),
        ("1101051949A231002X", "digits only"),
    ],
)
def test_a_wrong_number_is_refused_with_its_reason_at_its_line(
    session: Session, cast: Cast, number: str, reason: str
) -> None:
    spouse = MemberEntry("李小红", Relation.SPOUSE, number, field="members-4-number")
    with pytest.raises(BadIdNumber) as refused:
        register(session, cast, household_entry(NUMBERS[0], "周大河", spouse))
    assert refused.value.field == "members-4-number"
    assert reason in refused.value.facts["reason"].en  # type: ignore[attr-defined]


def test_a_person_is_entered_once_in_a_household(session: Session, cast: Cast) -> None:
    again = MemberEntry("周大河", Relation.OTHER, OLD_FORM, field="members-0-number")
    with pytest.raises(TwiceInHousehold) as refused:
        register(session, cast, household_entry(NUMBERS[0], "周大河", again))
    assert refused.value.field == "members-0-number"
    household = register(session, cast)
    with pytest.raises(TwiceInHousehold, match="周大河"):
        join(session, cast, household, again)


def test_a_household_has_exactly_one_worker(session: Session, cast: Cast) -> None:
    second = MemberEntry("李小红", Relation.WORKER, NUMBERS[2])
    with pytest.raises(OneWorker):
        register(session, cast, household_entry(NUMBERS[0], "周大河", second))
    with pytest.raises(OneWorker):
        join(session, cast, register(session, cast), second)


def test_only_a_newborn_child_is_entered_without_a_number(session: Session, cast: Cast) -> None:
    twins = [MemberEntry(name, Relation.CHILD, "") for name in ("周小一", "周小二")]
    household = register(session, cast, household_entry(NUMBERS[0], "周大河", *twins))
    assert [masked_number(session, member.person, MUNICIPAL_MASKS) for member in household.members] == [
        "1101••••••••002X",
        "",
        "",
    ]
    with pytest.raises(IdNumberMissing, match="李小红") as refused:
        join(session, cast, household, MemberEntry("李小红", Relation.SPOUSE, " "))
    assert refused.value.article == 11


@pytest.mark.parametrize("name", ["周 大河", "周　大河"])
def test_blanks_in_a_name_say_nothing(session: Session, cast: Cast, name: str) -> None:
    first, second = register(session, cast), register(session, cast, household_entry(NUMBERS[0], name))
    assert second.worker.person is first.worker.person
    assert first.worker.person.name == "周大河"


def test_a_known_number_under_another_name_renames_nobody(session: Session, cast: Cast) -> None:
    person = register(session, cast).worker.person
    slip = MemberEntry("张冠李", Relation.SPOUSE, OLD_FORM, field="members-0-number", tick="members-0-renamed")
    with pytest.raises(NamedOtherwise) as refused:
        register(session, cast, household_entry(NUMBERS[1], "王小明", slip))
    assert refused.value.field == "members-0-renamed"
    assert "周大河" not in str(refused.value)
    household = register(session, cast, household_entry(NUMBERS[2], "李小红"))
    with pytest.raises(NamedOtherwise):
        join(session, cast, household, slip)
    assert person.name == "周大河"


def test_a_known_person_takes_the_name_of_the_identity_card_and_the_chain_keeps_the_old_one(
    session: Session, cast: Cast
) -> None:
    register(session, cast)
    entry = household_entry(NUMBERS[0], "周江河")
    renamed = replace(entry, members=[replace(entry.members[0], renamed=True)])
    household = register(session, cast, renamed)
    assert household.worker.person.name == "周江河"
    assert details_of(session, "person.renamed") == {"before": "周大河", "after": "周江河"}


def test_members_stand_in_the_order_of_the_form(session: Session, cast: Cast) -> None:
    others = [MemberEntry("李小红", Relation.SPOUSE, NUMBERS[2]), MemberEntry("周平", Relation.CHILD, NUMBERS[1])]
    household = register(session, cast, household_entry(NUMBERS[3], "周大河", *others))
    session.expire_all()
    assert [member.person.name for member in household.members] == ["周大河", "李小红", "周平"]


def test_sealing_the_same_number_twice_shows_nothing_in_common(session: Session, cast: Cast, vault: Vault) -> None:
    person = register(session, cast).worker.person
    assert person.number_sealed != vault.seal(NUMBERS[0])
    assert vault.unseal(str(person.number_sealed)) == NUMBERS[0]
    assert person_with_number(session, NUMBERS[0]) is person


@pytest.mark.parametrize(
    ("phone", "masked"), [("13812345678", "138••••5678"), ("67001234", "••••34"), ("", "")]
)  # fmt: skip
def test_a_telephone_is_sealed_and_shown_masked(session: Session, cast: Cast, phone: str, masked: str) -> None:
    household = register(session, cast)
    change(session, cast, household, phone=phone)
    assert (household.phone_sealed or "").find("345") < 0
    assert masked_phone(session, household, MUNICIPAL_MASKS) == masked
    assert unsealed_phone(session, household) == phone


def test_a_change_keeps_before_and_after_and_the_telephone_masked(session: Session, cast: Cast) -> None:
    household = register(session, cast)
    change(session, cast, household, phone="13812345678")
    change(
        session,
        cast,
        household,
        employment=Employment.UNEMPLOYED,
        employer=None,
        main_cause=Cause.ACCIDENT,
        monthly_income_per_head=Decimal("480.50"),
        phone="13987654321",
    )
    assert details_of(session, "household.changed") == {
        "before": {
            "employment": "employed",
            "employer": "机械厂",
            "main_cause": "illness",
            "monthly_income_per_head": "520.00",
            "phone": "138••••5678",
        },
        "after": {
            "employment": "unemployed",
            "employer": None,
            "main_cause": "accident",
            "monthly_income_per_head": "480.50",
            "phone": "139••••4321",
        },
    }


def test_nothing_changed_is_nothing_in_the_chain(session: Session, cast: Cast) -> None:
    household = register(session, cast)
    change(session, cast, household)
    seal(session)
    changes = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "household.changed")
    assert session.scalar(changes) == 0


def test_a_telephone_stays_unless_it_is_replaced_or_taken_away(session: Session, cast: Cast) -> None:
    household = register(session, cast)
    change(session, cast, household, phone="13812345678")
    change(session, cast, household, address="河街道 9 号")
    assert unsealed_phone(session, household) == "13812345678"
    change(session, cast, household, phone="")
    assert household.phone_sealed is None


def test_a_member_leaves_between_entry_and_today(session: Session, cast: Cast) -> None:
    child = MemberEntry("周平", Relation.CHILD, NUMBERS[1])
    household = register(session, cast, household_entry(NUMBERS[0], "周大河", child))
    member = household.members[1]

    def leave(on: date) -> None:
        remove_member(
            session,
            household,
            member,
            unit_path=cast.district.path,
            actor=cast.keeper.actor,
            on=on,
            today=MONDAY + timedelta(days=5),
        )

    for wrong in (MONDAY - timedelta(days=1), MONDAY + timedelta(days=6)):
        with pytest.raises(LeftBeforeJoined, match="2026-03-02"):
            leave(wrong)
    leave(MONDAY + timedelta(days=5))
    assert [one.person.name for one in household.present_members] == ["周大河"]
    assert details_of(session, "member.left") == {"name": "周平", "on": "2026-03-07"}


def test_the_worker_stays_as_long_as_the_file(session: Session, cast: Cast) -> None:
    household = register(session, cast)
    with pytest.raises(OneWorker):
        remove_member(
            session,
            household,
            household.worker,
            unit_path=cast.district.path,
            actor=cast.keeper.actor,
            on=MONDAY,
            today=MONDAY,
        )


def test_a_member_who_left_may_come_back(session: Session, cast: Cast) -> None:
    child = MemberEntry("周平", Relation.CHILD, NUMBERS[1])
    household = register(session, cast, household_entry(NUMBERS[0], "周大河", child))
    remove_member(
        session,
        household,
        household.members[1],
        unit_path=cast.district.path,
        actor=cast.keeper.actor,
        on=MONDAY,
        today=MONDAY,
    )
    join(session, cast, household, child)
    assert [member.left_on for member in household.members] == [None, MONDAY, None]
    assert session.scalar(select(func.count()).select_from(Person)) == 2


def test_an_employed_worker_has_an_employer(session: Session, cast: Cast) -> None:
    with pytest.raises(EmployerMissing):
        register_household(
            session, replace(household_entry(), employer=None), unit_path=cast.district.path,
            actor=cast.keeper.actor, on=MONDAY,
        )  # fmt: skip
