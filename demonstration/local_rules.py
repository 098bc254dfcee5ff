"""The rules that units of the demonstration have set: subsistence lines by place and date, some tightened rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from accounts.models import User
from classification.categories import Category
from classification.eligibility import Bounds, Circumstances, Exclusion, assess
from classification.hardship import HardshipClass
from classification.responsibility import Employment
from classification.rulebook import OTHER_UNIT, SECRETS
from demonstration.material import FIRST_DAY, office_hour
from demonstration.tree import BEARINGS, DEPOT, DISTRICT, INDUSTRY, LEADERS, SOUTH, SOUTH_STREET
from records.households.services import HouseholdEntry
from rules.services import set_rule
from units.models import Unit

NEXT_LINE = "760.00"  # decided, and not yet in force


@dataclass(frozen=True)
class Line:
    """A subsistence line in yuan per head and month, from a day on."""

    in_force_from: date
    amount: Decimal
    source: str


def _lines(office: str, *values: tuple[int, int]) -> tuple[Line, ...]:
    return tuple(
        Line(
            date(year, 1, 1),
            Decimal(amount),
            f"{office}〔{year - 1}〕{60 + year % 7}号《关于调整最低生活保障标准的通知》",
        )
        for year, amount in values
    )


LINES: Mapping[str, tuple[Line, ...]] = {
    DISTRICT: _lines(
        "青民发", (2017, 500), (2018, 546), (2019, 580), (2020, 620), (2022, 636), (2023, 717), (2025, 735)
    ),
    SOUTH: _lines("汀民发", (2017, 460), (2018, 500), (2020, 560), (2022, 600), (2024, 660), (2026, 690)),
    INDUSTRY: _lines("岚机工发", (2017, 500), (2020, 620), (2023, 717), (2025, 735)),
}
TIGHTENED = (
    (DISTRICT, "phone_signs_shown", "2", date(2021, 11, 1), "青工办发〔2021〕19号《困难职工档案个人信息保护规定》"),
    (
        DISTRICT, "loan_approval", ",".join(sorted({*SECRETS, Category.ACCOUNTING.value, OTHER_UNIT})),
        date(2022, 3, 1), "青工办发〔2022〕12号《关于规范档案借阅审批的通知》",
    ),
    (SOUTH, "slightly_above", "1.15", date(2024, 1, 1), "汀工发〔2023〕22号《困难职工档案管理实施细则》"),
)  # fmt: skip
SYSTEM_SINCE = FIRST_DAY  # what was established before lies on paper alone
SYSTEM_PAPERS = {
    DISTRICT: "青工办发〔2017〕1号《关于启用困难职工档案管理系统的通知》",
    SOUTH: "汀工办发〔2017〕1号《关于启用困难职工档案管理系统的通知》",
    INDUSTRY: "岚机工办发〔2017〕1号《关于启用困难职工档案管理系统的通知》",
}
ENTERED_LATER = "系统启用时补录此前已施行的标准"
_PLACE = {SOUTH: SOUTH, SOUTH_STREET: SOUTH, DEPOT: SOUTH, INDUSTRY: INDUSTRY, BEARINGS: INDUSTRY}


def set_rules(
    session: Session, units: Mapping[str, Unit], people: Mapping[str, User], *, today: date, time_zone: ZoneInfo
) -> None:
    """Let the leader of each unit set its rules; the district has decided on a line that is not yet in force."""

    def set_by_leader(unit: str, key: str, value: str, on: date, source: str, at: datetime) -> None:
        leader = people[LEADERS[unit]].actor
        because = ENTERED_LATER if on < at.date() else None
        set_rule(
            session, units[unit], key, value, in_force_from=on, source=source, because=because, actor=leader, at=at
        )

    for unit, lines in LINES.items():
        for line in lines:
            if line.in_force_from <= today:
                at = office_hour(max(line.in_force_from, FIRST_DAY), time_zone, 9)
                set_by_leader(unit, "subsistence_line", f"{line.amount:.2f}", line.in_force_from, line.source, at)
    for unit, source in SYSTEM_PAPERS.items():
        at = office_hour(SYSTEM_SINCE, time_zone, 8)
        set_by_leader(unit, "system_since", SYSTEM_SINCE.isoformat(), SYSTEM_SINCE, source, at)
    for unit, key, value, on, source in TIGHTENED:
        if on <= today:
            set_by_leader(unit, key, value, on, source, office_hour(on, time_zone, 9))
    next_year = date(today.year + 1, 1, 1)
    source = f"青民发〔{today.year}〕71号《关于调整最低生活保障标准的通知》"
    set_by_leader(DISTRICT, "subsistence_line", NEXT_LINE, next_year, source, office_hour(today, time_zone, 9))


def bounds_of(unit: str, on: date) -> Bounds:
    """The figures by which households of a unit are measured on a day."""
    place = _PLACE.get(unit, DISTRICT)
    line = max((line for line in LINES[place] if line.in_force_from <= on), key=lambda line: line.in_force_from)
    factor = max(
        (
            (since, Decimal(value))
            for tightened, key, value, since, _ in TIGHTENED
            if (tightened, key) == (place, "slightly_above") and since <= on
        ),
        default=(on, Decimal("1.20")),
    )[1]
    return Bounds(line.amount, factor, Decimal("3.00"), 6)


def class_of(household: HouseholdEntry, unit: str, on: date) -> HardshipClass:
    """The class a household is found to be in on the day its file is opened; raises ValueError where it is in none."""
    assert household.monthly_income_per_head is not None  # noqa: S101 - everybody here has one
    assessment = assess(
        Circumstances(
            income_per_head=household.monthly_income_per_head,
            months_below=6,
            relieved=len(household.members) % 3 == 0,
            still_hard=True,
            causes=frozenset({household.main_cause}),
            union_member=True,
            migrant=household.employment is Employment.MIGRANT,
            exclusions=dict.fromkeys(Exclusion, False),
        ),
        bounds_of(unit, on),
        on,
    )
    if assessment.hardship_class is None:
        raise ValueError(f"{household.members[0].name} is in no class on {on}.")
    return assessment.hardship_class
