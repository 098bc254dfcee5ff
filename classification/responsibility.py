"""Which union is responsible for a household, by how the worker is employed 属地管理 (art. 8, 9, 10)."""

from dataclasses import dataclass

from classification.articles import Citation, article
from classification.text import Label, LabelledEnum


class Employment(LabelledEnum):
    """How the worker is employed; it decides which union keeps the file (art. 8, 9)."""

    EMPLOYED = "employed", "在职", "Employed"
    FLEXIBLE = "flexible", "灵活就业", "Flexibly employed"
    UNEMPLOYED = "unemployed", "失业", "Unemployed"
    MIGRANT = "migrant", "农民工", "Migrant worker"
    RETIRED = "retired", "退休", "Retired"


class ResponsibleUnion(LabelledEnum):
    """What kind of union establishes and keeps a file."""

    EMPLOYER = "employer", "用人单位工会", "Employer's union"
    STREET = "street", "街道（社区）工会", "Street or community union"
    HIGHER = "higher", "上一级工会", "Next higher union"
    AID_CENTRE = "aid_centre", "县级（含）以上工会帮扶（服务）中心", "Aid centre at county level or above"


@dataclass(frozen=True)
class Responsibility:
    """The union that is responsible, and by which words.

    `kind` is None where nobody is: a retiree who is in principle not filed. `fallback` is why it is not the union that
    the article names first; None where it is.
    """

    kind: ResponsibleUnion | None
    fallback: Label | None
    cites: Citation


_EMPLOYED = article(8).cite("与用人单位建立劳动关系的困难职工，由用人单位工会负责建立档案。")
_FLEXIBLE = article(8).cite("灵活就业人员，由街道（社区）工会负责建立档案")
_NO_STREET_UNION = article(8).cite(
    "如街道（社区）尚未成立工会，由上一级工会或县级（含）以上工会帮扶（服务）中心负责建立档案"
)
_UNEMPLOYED = article(9).cite(
    "与原用人单位解除劳动关系的失业人员，在领取失业金期间符合建档条件的，由街道（社区）工会负责建立档案"
)
_UNEMPLOYED_NO_STREET_UNION = article(9).cite(
    "如街道（社区）尚未成立工会，由上一级工会或县级（含）以上工会帮扶（服务）中心负责建立档案"
)
_REEMPLOYED = article(9).cite("重新就业后仍符合建档条件的，由新用人单位工会重新认定并负责建立档案。")

_NO_EMPLOYERS_UNION = Label("用人单位尚未成立工会", "The employer has no union yet")
_NO_STREET = Label("街道（社区）尚未成立工会", "The street or community has no union yet")


def responsible(
    employment: Employment,
    *,
    has_employer_union: bool,
    has_street_union: bool,
    has_higher_union: bool = True,
    reemployed: bool = False,
    socialised_retiree: bool = False,
    retiree_override: bool = False,
) -> Responsibility:
    """The union responsible for the household of a worker.

    `reemployed` says that a file is there already and the worker has found work again: the new employer's union
    determines afresh and takes over (art. 9). A migrant worker is treated as employed where the employer has a union,
    otherwise as flexibly employed. Retirees belong to their former employer's union, those under socialised management
    to nobody, or, where an approver lets them in, to the street (art. 10).
    """
    if socialised_retiree:
        if not retiree_override:
            return Responsibility(None, None, article(10).cite())
        return _by_place(has_street_union, has_higher_union, article(10).cite(), _NO_STREET_UNION)
    match employment:
        case Employment.FLEXIBLE:
            return _by_place(has_street_union, has_higher_union, _FLEXIBLE, _NO_STREET_UNION)
        case Employment.UNEMPLOYED:
            return _by_place(has_street_union, has_higher_union, _UNEMPLOYED, _UNEMPLOYED_NO_STREET_UNION)
        case Employment.EMPLOYED | Employment.MIGRANT | Employment.RETIRED:
            if has_employer_union:
                return Responsibility(ResponsibleUnion.EMPLOYER, None, _REEMPLOYED if reemployed else _EMPLOYED)
            return _by_place(has_street_union, has_higher_union, _FLEXIBLE, _NO_STREET_UNION, _NO_EMPLOYERS_UNION)


def _by_place(
    has_street_union: bool, has_higher_union: bool, first: Citation, otherwise: Citation, because: Label | None = None
) -> Responsibility:
    """The street's union, or where there is none the next higher one, or at last the aid centre."""
    if has_street_union:
        return Responsibility(ResponsibleUnion.STREET, because, first)
    kind = ResponsibleUnion.HIGHER if has_higher_union else ResponsibleUnion.AID_CENTRE
    fallback = (
        _NO_STREET if because is None else Label(f"{because.zh}，{_NO_STREET.zh}", f"{because.en}. {_NO_STREET.en}")
    )
    return Responsibility(kind, fallback, otherwise)
