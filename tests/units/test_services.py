"""The union tree: founding and changing units, and the fonds they file under."""

import json

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import audit
from accounts.roles import OPERATOR, Permission
from audit import AuditEntry
from classification.codes import Layout
from tests.cast import Cast
from units.errors import (
    BadCreditCode,
    BadFondsNumber,
    CreditCodeTaken,
    FondsNumberTaken,
    KindNotBelow,
    NoFonds,
    OutsideUnits,
    UnitNameTaken,
)
from units.models import Unit, UnitKind
from units.services import change_unit, fonds_of, found_unit, line_of, unit_names, visible_unit, visible_units
from web.rules import NotVisible

CREDIT_CODE = "91350100M000100Y43"  # the example of GB 32100


def test_a_unit_has_its_place_in_the_tree(session: Session, cast: Cast) -> None:
    made = found_unit(session, cast.workplace, "一车间工会", UnitKind.WORKPLACE, actor=OPERATOR)
    assert made.path == f"{cast.workplace.path}{made.id}/"
    assert made.depth == 4
    assert [unit.name for unit in line_of(session, made)] == [
        "市总工会",
        "东区总工会",
        "河街道总工会",
        "机械厂工会",
        "一车间工会",
    ]


def test_sisters_do_not_share_a_name_but_cousins_may(session: Session, cast: Cast) -> None:
    with pytest.raises(UnitNameTaken, match="a unit named 河街道总工会 here"):
        found_unit(session, cast.district, "河街道总工会", UnitKind.STREET, actor=OPERATOR)
    found_unit(session, cast.other_district, "河街道总工会", UnitKind.STREET, actor=OPERATOR)
    with pytest.raises(UnitNameTaken):
        change(session, cast.other_district, name="东区总工会")


@pytest.mark.parametrize("number", ["", "038", "c038", "C38", "C03811", "CC38", "C038 "])
def test_a_fonds_number_has_its_form(session: Session, number: str) -> None:
    with pytest.raises(BadFondsNumber):
        found_unit(session, None, "新工会", UnitKind.STREET, actor=OPERATOR, fonds_number=number)


def test_fonds_numbers_and_credit_codes_belong_to_one_unit(session: Session, cast: Cast) -> None:
    with pytest.raises(FondsNumberTaken, match="C038 belongs to 东区总工会"):
        change(session, cast.street, fonds_number="C038")
    change(session, cast.street, credit_code="91350100m000100y43 ")
    assert cast.street.credit_code == CREDIT_CODE
    change(session, cast.street, credit_code=CREDIT_CODE, name="河街道工会")
    with pytest.raises(CreditCodeTaken, match="belongs to 河街道工会"):
        change(session, cast.workplace, credit_code=CREDIT_CODE)
    with pytest.raises(CreditCodeTaken):
        found_unit(session, cast.street, "新工会", UnitKind.STREET, actor=OPERATOR, credit_code=CREDIT_CODE)


@pytest.mark.parametrize("code", ["9135", CREDIT_CODE[:-1] + "4", "I1350100M000100Y43"])
def test_a_wrong_credit_code_is_refused_with_its_reason(session: Session, code: str) -> None:
    with pytest.raises(BadCreditCode, match="not right: "):
        found_unit(session, None, "新工会", UnitKind.STREET, actor=OPERATOR, credit_code=code)


def change(session: Session, unit: Unit, **changes: str | None) -> None:
    """Change some of what can be changed, as the operator."""
    kept = {"name": unit.name, "fonds_number": unit.fonds_number, "credit_code": unit.credit_code}
    fields = {**kept, **changes}
    change_unit(
        session,
        unit,
        name=str(fields["name"]),
        fonds_number=fields["fonds_number"],
        credit_code=fields["credit_code"],
        code_layout=unit.code_layout,
        actor=OPERATOR,
    )
    session.flush()


def test_a_change_keeps_before_and_after_and_no_change_leaves_no_trace(session: Session, cast: Cast) -> None:
    change(session, cast.street)
    change(session, cast.street, name="河街道工会", credit_code=CREDIT_CODE)
    audit.seal(session)
    (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "unit.changed")).all()
    details = json.loads(entry.details)
    assert details["before"] | {"name": "河街道工会", "credit_code": CREDIT_CODE} == details["after"]
    assert (details["before"]["name"], details["before"]["credit_code"]) == ("河街道总工会", None)


def test_units_file_under_the_nearest_superior_with_a_fonds(session: Session, cast: Cast) -> None:
    assert fonds_of(session, cast.workplace) is cast.district
    change(session, cast.street, fonds_number="C0381")
    assert fonds_of(session, cast.workplace) is cast.street
    alone = found_unit(session, None, "无全宗工会", UnitKind.INDUSTRY, actor=OPERATOR)
    with pytest.raises(NoFonds):
        fonds_of(session, alone)


def test_only_the_system_administrator_of_a_part_of_the_tree_changes_it(session: Session, cast: Cast) -> None:
    system = cast.system_administrator.actor
    found_unit(session, cast.street, "新工会", UnitKind.WORKPLACE, actor=system)
    with pytest.raises(OutsideUnits):
        found_unit(session, None, "另一市总工会", UnitKind.MUNICIPAL, actor=system)
    for person in (cast.security_administrator, cast.keeper, cast.approver, cast.supervisor):
        with pytest.raises(OutsideUnits, match="东区总工会"):
            found_unit(session, cast.district, "新工会", UnitKind.STREET, actor=person.actor)
        with pytest.raises(OutsideUnits):
            change_unit(
                session,
                cast.district,
                name="x",
                fonds_number=None,
                credit_code=None,
                code_layout=Layout.DAT13_2022,
                actor=person.actor,
            )


def test_units_are_visible_within_scope_in_the_order_of_the_tree(session: Session, cast: Cast) -> None:
    actor = cast.reader.actor
    assert [unit.name for unit in visible_units(session, actor, Permission.READ)] == [
        "东区总工会",
        "河街道总工会",
        "机械厂工会",
    ]
    assert visible_units(session, actor, Permission.FILE) == []
    assert visible_unit(session, cast.street.id, actor, Permission.READ) is cast.street
    for hidden in (cast.city, cast.other_district):
        with pytest.raises(NotVisible):
            visible_unit(session, hidden.id, actor, Permission.READ)
    assert unit_names(session)[cast.street.path] == "河街道总工会"


@pytest.mark.parametrize("kind", [UnitKind.MUNICIPAL, UnitKind.DISTRICT, UnitKind.STREET])
def test_a_unit_is_of_a_lower_kind_than_its_superior(session: Session, cast: Cast, kind: UnitKind) -> None:
    with pytest.raises(KindNotBelow):
        found_unit(session, cast.workplace, "新单位", kind, actor=OPERATOR)


def test_branches_of_an_employer_may_be_nested(session: Session, cast: Cast) -> None:
    assert found_unit(session, cast.workplace, "机械厂一分厂工会", UnitKind.WORKPLACE, actor=OPERATOR).id
