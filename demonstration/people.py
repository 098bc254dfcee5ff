"""Invented people: names, households, and resident numbers of a region that does not exist."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from classification.eligibility import Bounds
from classification.hardship import CAUSES_OF_SUDDEN_HARDSHIP, CAUSES_SLIGHTLY_ABOVE
from classification.identity import BadResidentNumber, mask, resident_number
from records.households.models import Cause, Employment, Relation
from records.households.services import HouseholdEntry, MemberEntry

NOWHERE = "99"  # GB/T 2260 gives no province these digits, so that no number here is anybody's
SURNAMES = "林苏江沈温罗纪叶顾程秦陆傅简尹骆冉覃汪卓"
GIVEN = (
    "知秋", "念安", "岁宁", "晓舟", "怀远", "予禾", "静澜", "望舒", "景行", "若谷", "松年", "采薇", "云帆", "听雨",
    "长青", "明溪", "雁回", "朝阳", "素心", "春和", "如山", "映雪", "守拙", "归舟", "令仪", "思齐", "乐水", "青禾",
)  # fmt: skip
STREETS = ("榕溪路", "望汀巷", "石阶里", "渡口街", "春晓村", "梧桐坡")
ILLNESSES = ("慢性肾病，需定期透析", "脑卒中后遗症", "类风湿关节炎", "冠心病术后", "肢体三级残疾")
GROWN_UP, YOUNGEST_CHILD = 30, 4


@dataclass(frozen=True)
class Household:
    """A household as the forms show it; `number` is the worker's, never drawn or printed in full."""

    name: str
    number: str
    entry: HouseholdEntry

    @property
    def masked(self) -> str:
        """The worker's number as papers of the demonstration show it."""
        return mask(self.number)

    @property
    def income(self) -> Decimal:
        """Yuan per head and month."""
        return self.entry.monthly_income_per_head or Decimal(0)


def invented_number(random: Random, born_on: date, other_sex_than: str = "") -> str:
    """A resident number with a right check sign and a region that does not exist; with odd order numbers for men."""
    region, order = random.randrange(1, 10_000), random.randrange(1, 1_000)
    if other_sex_than and order % 2 == int(other_sex_than[16]) % 2:
        order += 1 if order < 999 else -1
    body = f"{NOWHERE}{region:04d}{born_on:%Y%m%d}{order:03d}"
    for sign in "0123456789X":
        try:
            return resident_number(body + sign)
        except BadResidentNumber:
            continue
    raise AssertionError(f"{body} has no check sign")


def names(random: Random) -> Sequence[str]:
    """Every surname with every given name, shuffled: none comes twice."""
    everyone = [surname + given for surname in SURNAMES for given in GIVEN]
    random.shuffle(everyone)
    return everyone


def household(random: Random, name: str, *, employer: str, district: str, on: date) -> Household:
    """A household of one to four when its file is opened; what it has to live on is said by `with_income`."""
    born_on = _birthday(random, on.year - random.randrange(GROWN_UP, 58))
    number = invented_number(random, born_on)
    cause = random.choice((*Cause, Cause.ILLNESS, Cause.ILLNESS, Cause.SCHOOLING))
    ill = random.choice(ILLNESSES) if cause in {Cause.ILLNESS, Cause.SERIOUS_ILLNESS, Cause.DISABILITY} else None
    members = [MemberEntry(name, Relation.WORKER, number, health=ill)]
    if cause is not Cause.SINGLE_PARENT and random.random() < 0.7:
        surname, year = random.choice(SURNAMES), born_on.year + random.randrange(-3, 4)
        members.append(_member(random, surname, Relation.SPOUSE, year, members))
    for _ in range(random.choice((0, 1, 1, 2)) if cause is not Cause.SCHOOLING else 1):
        year = min(born_on.year + random.randrange(24, 30), on.year - YOUNGEST_CHILD)
        members.append(_member(random, name[0], Relation.CHILD, year, members))
    if random.random() < 0.2:
        year = born_on.year - random.randrange(22, 30)
        members.append(_member(random, name[0], Relation.PARENT, year, members))
    employment = random.choice((Employment.EMPLOYED, Employment.EMPLOYED, Employment.FLEXIBLE, Employment.MIGRANT))
    return Household(
        name,
        number,
        HouseholdEntry(
            address=f"{district}{random.choice(STREETS)} {random.randrange(1, 200)} 号",
            employment=employment,
            employer=employer,
            main_cause=cause,
            members=members,
            phone=f"100{random.randrange(10**8):08d}",  # no mobile number begins so
        ),
    )


def with_income(random: Random, family: Household, bounds: Bounds) -> Household:
    """The household with an income per head that its main cause makes it eligible by (art. 3)."""
    most = bounds.line * Decimal("0.99")
    if family.entry.main_cause in CAUSES_SLIGHTLY_ABOVE:
        most = bounds.slightly_above_line
    if family.entry.main_cause in CAUSES_OF_SUDDEN_HARDSHIP:
        most = bounds.times_line * Decimal("0.7")
    cents = random.randrange(int(bounds.line * 55), int(most * 100))
    income = Decimal(cents if cents != bounds.line * 100 else cents - 1) / 100  # nobody is exactly on the line
    return replace(family, entry=replace(family.entry, monthly_income_per_head=income))


def _member(
    random: Random, surname: str, relation: Relation, birth_year: int, others: Sequence[MemberEntry]
) -> MemberEntry:
    """A further member, named otherwise than all others of the household."""
    other_sex_than = others[0].number if relation is Relation.SPOUSE else ""
    number = invented_number(random, _birthday(random, birth_year), other_sex_than)
    name, taken = surname + random.choice(GIVEN), {other.name for other in others}
    while name in taken:
        name = surname + random.choice(GIVEN)
    return MemberEntry(name, relation, number)


def _birthday(random: Random, year: int) -> date:
    return date(year, 1, 1) + timedelta(days=random.randrange(365))
