"""The named cast: a union tree of four levels and the people in it. All of them are made up."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import OPERATOR, Actor, Role
from accounts.services import grant_role, open_account
from classification.categories import AccessStatus, Carrier, Category, RecordForm
from records.files.models import File, Item
from records.files.services import Description, collect, open_household_file, open_yearly_file
from records.households.models import Cause, Employment, Relation
from records.households.services import HouseholdEntry, MemberEntry
from rules.services import set_rule
from units.models import Unit, UnitKind
from units.services import found_unit

MONDAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
PASSWORD = "correct-horse"

# Synthetic resident numbers with valid check signs.
NUMBERS = (
    "11010519491231002X",
    "500103198503074511",
    "500112197811236027",
    "510222196602180034",
)


@dataclass(frozen=True)
class Cast:
    """Units by place in the tree, and a person per role."""

    city: Unit
    district: Unit
    street: Unit
    workplace: Unit
    other_district: Unit
    keeper: User  # of the district
    second_keeper: User  # of the district
    street_keeper: User
    other_keeper: User  # of the other district
    reader: User
    approver: User
    supervisor: User
    inquirer: User
    system_administrator: User
    security_administrator: User
    audit_administrator: User

    @property
    def everyone(self) -> list[User]:
        return [value for value in vars(self).values() if isinstance(value, User)]


def make_cast(session: Session) -> Cast:
    """Found the units and open the accounts."""
    city = found_unit(session, None, "市总工会", UnitKind.MUNICIPAL, actor=OPERATOR, fonds_number="C001")
    district = found_unit(session, city, "东区总工会", UnitKind.DISTRICT, actor=OPERATOR, fonds_number="C038")
    other = found_unit(session, city, "西区总工会", UnitKind.DISTRICT, actor=OPERATOR, fonds_number="C039")
    street = found_unit(session, district, "河街道总工会", UnitKind.STREET, actor=OPERATOR)
    workplace = found_unit(session, street, "机械厂工会", UnitKind.WORKPLACE, actor=OPERATOR)

    def person(name: str, shown: str, unit: Unit, role: Role) -> User:
        user = open_account(session, name, shown, PASSWORD, unit.path, actor=OPERATOR, at=NOON)
        session.flush()
        grant_role(session, user, role, unit.path, actor=OPERATOR, at=NOON)
        return user

    cast = Cast(
        city=city,
        district=district,
        street=street,
        workplace=workplace,
        other_district=other,
        keeper=person("keeper", "王维", district, Role.KEEPER),
        second_keeper=person("keeper2", "赵敏", district, Role.KEEPER),
        street_keeper=person("street.keeper", "孙河", street, Role.KEEPER),
        other_keeper=person("west.keeper", "钱西", other, Role.KEEPER),
        reader=person("reader", "李读", district, Role.READER),
        approver=person("approver", "周审", district, Role.APPROVER),
        supervisor=person("supervisor", "吴督", city, Role.SUPERVISOR),
        inquirer=person("inquirer", "郑外", district, Role.INQUIRER),
        system_administrator=person("system", "系管", city, Role.SYSTEM_ADMINISTRATOR),
        security_administrator=person("security", "安管", city, Role.SECURITY_ADMINISTRATOR),
        audit_administrator=person("audit", "审管", city, Role.AUDIT_ADMINISTRATOR),
    )
    session.flush()
    return cast


UNITS = {
    "city": "市总工会",
    "district": "东区总工会",
    "other_district": "西区总工会",
    "street": "河街道总工会",
    "workplace": "机械厂工会",
}
PEOPLE = {
    "keeper": "keeper",
    "second_keeper": "keeper2",
    "street_keeper": "street.keeper",
    "other_keeper": "west.keeper",
    "reader": "reader",
    "approver": "approver",
    "supervisor": "supervisor",
    "inquirer": "inquirer",
    "system_administrator": "system",
    "security_administrator": "security",
    "audit_administrator": "audit",
}


def find_cast(session: Session) -> Cast:
    """The cast that make_cast has put into this database before."""
    units = {unit.name: unit for unit in session.scalars(select(Unit))}
    users = {user.name: user for user in session.scalars(select(User))}
    return Cast(
        **{place: units[name] for place, name in UNITS.items()},
        **{part: users[name] for part, name in PEOPLE.items()},
    )


def work_with_system(session: Session, cast: Cast, since: date = MONDAY) -> None:
    """Say since when the unions work with the system; what was established before may be entered as it is."""
    set_rule(
        session, cast.city, "system_since", since.isoformat(), in_force_from=since, source="渝工办〔2026〕8号",
        because="启用时补录", actor=OPERATOR, at=NOON,
    )  # fmt: skip


def household_entry(number: str = NUMBERS[0], name: str = "周大河", *others: MemberEntry) -> HouseholdEntry:
    """A household of one worker and the given others."""
    return HouseholdEntry(
        address="河街道 1 号",
        employment=Employment.EMPLOYED,
        employer="机械厂",
        main_cause=Cause.ILLNESS,
        monthly_income_per_head=Decimal("520.00"),
        members=[MemberEntry(name, Relation.WORKER, number), *others],
    )


def make_file(
    session: Session, cast: Cast, *, number: str = NUMBERS[0], name: str = "周大河", on: date = MONDAY
) -> File:
    """A household file of the district, kept by its keeper."""
    entry = household_entry(number, name)
    return open_household_file(
        session, cast.district, entry, keeper=cast.keeper, actor=cast.keeper.actor, on=on
    )  # fmt: skip


def make_yearly_file(session: Session, cast: Cast, category: Category = Category.DOCUMENTARY, year: int = 2026) -> File:
    """A yearly file of the district: documentary, or accounting vouchers kept 30 years."""
    key = "enterprise.bookkeeping_vouchers" if category is Category.ACCOUNTING else None
    return open_yearly_file(
        session,
        cast.district,
        category,
        year,
        "2026 年日常帮扶工作" if category is Category.DOCUMENTARY else "2026 年会计凭证",
        keeper=cast.keeper,
        actor=cast.keeper.actor,
        on=MONDAY,
        retention_key=key,
        sub_code="01" if category is Category.ACCOUNTING else None,
    )


def description(title: str = "困难职工帮扶申请书", **changes: object) -> Description:
    """The description of a text on paper in a household file, with some fields changed."""
    fields: dict[str, object] = {
        "document_type": "application",
        "retention_class": "original.file",
        "form": RecordForm.TEXT,
        "carrier": Carrier.PAPER,
        "title": title,
        "dated": "2026-03-01",
        "responsible_body": "机械厂工会",
        "access": AccessStatus.CONTROLLED,
    }
    return Description(**{**fields, **changes})  # type: ignore[arg-type]


def make_item(session: Session, file: File, actor: Actor, title: str = "困难职工帮扶申请书", **changes: object) -> Item:
    """An item collected into a file, not filed yet."""
    item = collect(session, file, description(title, **changes), actor=actor, at=NOON, on=MONDAY)
    session.flush()
    return item
