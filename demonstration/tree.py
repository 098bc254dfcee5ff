"""The union tree of the demonstration and the people in it; a city, districts and firms that do not exist."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import OPERATOR, Role
from accounts.services import grant_role, open_account
from accounts.views import DEMONSTRATION_PASSWORD
from units.models import Unit, UnitKind
from units.services import found_unit

CITY, DISTRICT, SOUTH, INDUSTRY = "city", "district", "south", "industry"
STREET, CENTRE, SOUTH_STREET, FACTORY, DEPOT, BEARINGS = (
    "street",
    "centre",
    "south_street",
    "factory",
    "depot",
    "bearings",
)


@dataclass(frozen=True)
class UnitEntry:
    """A unit to be founded below `parent`."""

    key: str
    parent: str | None
    name: str
    kind: UnitKind
    fonds_number: str | None = None


@dataclass(frozen=True)
class PersonEntry:
    """An account with its roles; `units` are those in which it holds them, the first one its own."""

    name: str
    display_name: str
    position: str
    roles: tuple[Role, ...]
    units: tuple[str, ...]
    card_number: str


UNITS = (
    UnitEntry(CITY, None, "岚江市总工会", UnitKind.MUNICIPAL, "C001"),
    UnitEntry(DISTRICT, CITY, "青屿区总工会", UnitKind.DISTRICT, "C038"),
    UnitEntry(SOUTH, CITY, "汀南区总工会", UnitKind.DISTRICT, "C039"),
    UnitEntry(INDUSTRY, CITY, "岚江市机械产业工会", UnitKind.INDUSTRY, "C052"),
    UnitEntry(STREET, DISTRICT, "榕溪街道总工会", UnitKind.STREET),
    UnitEntry(CENTRE, DISTRICT, "青屿区困难职工帮扶中心", UnitKind.AID_CENTRE),
    UnitEntry(SOUTH_STREET, SOUTH, "望汀街道总工会", UnitKind.STREET),
    UnitEntry(FACTORY, STREET, "岚江第九齿轮厂工会", UnitKind.WORKPLACE),
    UnitEntry(DEPOT, SOUTH_STREET, "望汀渡口物流站工会", UnitKind.WORKPLACE),
    UnitEntry(BEARINGS, INDUSTRY, "岚江轴承三厂工会", UnitKind.WORKPLACE),
)

FORMER_KEEPER = "former"
HANDED_OVER_DAYS_AGO = 8
REPLACED_KEEPER = "south.former"
REPLACED_DAYS_AGO = 20
_ARCHIVES = "档案管理员"
PEOPLE = (
    PersonEntry("keeper", "林知远", f"青屿区总工会{_ARCHIVES}", (Role.KEEPER,), (DISTRICT,), "D-1001"),
    PersonEntry("keeper2", "苏念安", f"青屿区总工会{_ARCHIVES}", (Role.KEEPER,), (DISTRICT,), "D-1002"),
    PersonEntry(FORMER_KEEPER, "顾松年", f"青屿区总工会原{_ARCHIVES}", (Role.KEEPER,), (DISTRICT,), "D-1003"),
    PersonEntry("street.keeper", "江晓舟", f"榕溪街道总工会{_ARCHIVES}", (Role.KEEPER,), (STREET, FACTORY), "D-1004"),
    PersonEntry(
        "street.keeper2", "汪予禾", f"榕溪街道总工会{_ARCHIVES}（接交人）", (Role.KEEPER,), (STREET, FACTORY), "D-1008"
    ),
    PersonEntry("centre.keeper", "罗怀远", f"青屿区困难职工帮扶中心{_ARCHIVES}", (Role.KEEPER,), (CENTRE,), "D-1005"),
    PersonEntry(
        "south.keeper", "叶听雨", f"汀南区总工会{_ARCHIVES}", (Role.KEEPER,), (SOUTH, SOUTH_STREET, DEPOT), "D-1006"
    ),
    PersonEntry(REPLACED_KEEPER, "石惟清", f"汀南区总工会原{_ARCHIVES}", (Role.KEEPER,), (SOUTH,), "D-1009"),
    PersonEntry(
        "industry.keeper", "陆云帆", f"岚江市机械产业工会{_ARCHIVES}", (Role.KEEPER,), (INDUSTRY, BEARINGS), "D-1007"
    ),
    PersonEntry("industry.keeper2", "陶砚秋", f"岚江市机械产业工会{_ARCHIVES}", (Role.KEEPER,), (INDUSTRY,), "D-1010"),
    PersonEntry("verifier", "纪明溪", "岚江第九齿轮厂工会主席", (Role.VERIFIER,), (FACTORY,), "D-1011"),
    PersonEntry("reviewer", "程素心", "榕溪街道总工会副主席", (Role.REVIEWER,), (STREET,), "D-1012"),
    PersonEntry("centre", "傅春和", "青屿区困难职工帮扶中心主任", (Role.CENTRE_OFFICER,), (CENTRE,), "D-1013"),
    PersonEntry("approver", "秦若谷", "青屿区总工会办公室主任、监交人", (Role.APPROVER,), (DISTRICT,), "D-1014"),
    PersonEntry("south.approver", "沈长青", "汀南区总工会副主席", (Role.APPROVER,), (SOUTH,), "D-1018"),
    PersonEntry("industry.approver", "覃乐水", "岚江市机械产业工会副主席", (Role.APPROVER,), (INDUSTRY,), "D-1019"),
    PersonEntry("reader", "温映雪", "青屿区总工会保障工作部干事", (Role.READER,), (DISTRICT,), "D-1015"),
    PersonEntry("south.reader", "黎见山", "汀南区总工会保障工作部干事", (Role.READER,), (SOUTH,), "D-1020"),
    PersonEntry("supervisor", "陈岁宁", "岚江市总工会监督检查组", (Role.SUPERVISOR,), (CITY,), "D-1016"),
    PersonEntry("inquirer", "简思齐", "外单位来访查档", (Role.INQUIRER,), (DISTRICT,), "D-1017"),
    PersonEntry("system", "尹守拙", "岚江市总工会信息中心", (Role.SYSTEM_ADMINISTRATOR,), (CITY,), "D-1021"),
    PersonEntry("security", "骆令仪", "岚江市总工会保密办", (Role.SECURITY_ADMINISTRATOR,), (CITY,), "D-1022"),
    PersonEntry("audit", "冉景行", "岚江市总工会审计室", (Role.AUDIT_ADMINISTRATOR,), (CITY,), "D-1023"),
    PersonEntry("approver2", "梅若渊", "青屿区总工会副主席", (Role.APPROVER,), (DISTRICT,), "D-1024"),
)

FORMER_KEEPERS = {
    DISTRICT: (FORMER_KEEPER, HANDED_OVER_DAYS_AGO),
    SOUTH: (REPLACED_KEEPER, REPLACED_DAYS_AGO),
}
LEADERS = {DISTRICT: "approver", SOUTH: "south.approver", INDUSTRY: "industry.approver"}


def found_tree(session: Session) -> Mapping[str, Unit]:
    """Found every unit; by key."""
    units: dict[str, Unit] = {}
    for entry in UNITS:
        parent = units[entry.parent] if entry.parent else None
        units[entry.key] = found_unit(
            session, parent, entry.name, entry.kind, actor=OPERATOR, fonds_number=entry.fonds_number
        )
    return units


def open_accounts(session: Session, units: Mapping[str, Unit], *, at: datetime) -> Mapping[str, User]:
    """Open every account and grant its roles; by name."""
    people: dict[str, User] = {}
    for entry in PEOPLE:
        user = open_account(
            session,
            entry.name,
            entry.display_name,
            DEMONSTRATION_PASSWORD,
            units[entry.units[0]].path,
            actor=OPERATOR,
            at=at,
            position=entry.position,
            card_number=entry.card_number,
        )
        session.flush()
        for unit in entry.units:
            for role in entry.roles:
                grant_role(session, user, role, units[unit].path, actor=OPERATOR, at=at)
        people[entry.name] = user
    return people


def keeper_name(unit: str, on: date, today: date) -> str:
    """The account that keeps the files of a unit on a day; those of two districts changed hands a while ago."""
    former, days_ago = FORMER_KEEPERS.get(unit, (None, 0))
    if former is not None and on <= today - timedelta(days=days_ago):
        return former
    gone = {name for name, _days_ago in FORMER_KEEPERS.values()}
    return next(
        entry.name for entry in PEOPLE if Role.KEEPER in entry.roles and unit in entry.units and entry.name not in gone
    )
