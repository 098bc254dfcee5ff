"""Who may do what: roles, their permissions, and how far each permission reaches (DESIGN section 1; art. 7, 16, 17)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from classification.text import LabelledEnum


class Permission(StrEnum):
    """A thing that can be done; `reaches_below` says whether a grant in a unit holds for its subordinates too."""

    READ = "read"  # see files, items and their content
    READ_WITHDRAWN = "read_withdrawn"  # see withdrawn household files too, which are only kept 撤档后限于保管人员
    FILE = "file"  # make and change files and items, register paper
    LEND = "lend"  # lend and take back
    RECEIVE = "receive"  # receive inquirers from outside, and say what of their request can be shown 接待查档
    CONSULT = "consult"  # see one's own consultations, and nothing else 外单位查档
    BORROW = "borrow"  # be lent to
    HAND_OVER = "hand_over"  # start and carry out a handover
    VERIFY = "verify"  # check an application as its file-making union 核实
    REVIEW = "review"  # check it again from above 复核
    LODGE = "lodge"  # receive the set for the aid centre, or return it 备案、退回
    APPROVE = "approve"  # decide what a unit leader decides: overrides, disposal, rules of the unit
    SUPERVISE = "supervise"  # inspect and note findings 监督检查
    MANAGE_UNITS = "manage_units"
    MANAGE_ACCOUNTS = "manage_accounts"
    GRANT_ROLES = "grant_roles"
    READ_AUDIT = "read_audit"

    @property
    def reaches_below(self) -> bool:
        """A superior reads and inspects, but never edits, what belongs to a subordinate unit (art. 7)."""
        return self not in {
            Permission.FILE,
            Permission.LEND,
            Permission.RECEIVE,
            Permission.CONSULT,
            Permission.HAND_OVER,
            Permission.VERIFY,
            Permission.APPROVE,
        }


class Role(LabelledEnum):
    """A role that is granted in a unit."""

    KEEPER = "keeper", "档案管理员", "Archive keeper"
    VERIFIER = "verifier", "核实人", "Verifier"
    REVIEWER = "reviewer", "复核人", "Reviewer"
    CENTRE_OFFICER = "centre_officer", "帮扶中心备案员", "Aid centre officer"
    APPROVER = "approver", "审批人", "Approver"
    READER = "reader", "工会查阅者", "Union reader"
    SUPERVISOR = "supervisor", "监督检查人员", "Supervisor"
    INQUIRER = "inquirer", "外单位查档人", "Outside inquirer"
    SYSTEM_ADMINISTRATOR = "system_administrator", "系统管理员", "System administrator"
    SECURITY_ADMINISTRATOR = "security_administrator", "安全保密管理员", "Security administrator"
    AUDIT_ADMINISTRATOR = "audit_administrator", "安全审计员", "Audit administrator"

    @property
    def permissions(self) -> frozenset[Permission]:
        return PERMISSIONS[self]


_READ = frozenset({Permission.READ, Permission.BORROW})
_CUSTODIAN = _READ | {Permission.READ_WITHDRAWN}
PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.KEEPER: _CUSTODIAN | {Permission.FILE, Permission.LEND, Permission.RECEIVE, Permission.HAND_OVER},
    Role.VERIFIER: _READ | {Permission.VERIFY},
    Role.REVIEWER: _READ | {Permission.REVIEW},
    Role.CENTRE_OFFICER: _CUSTODIAN | {Permission.LODGE},
    Role.APPROVER: _CUSTODIAN | {Permission.HAND_OVER, Permission.APPROVE},
    Role.READER: _READ,
    Role.SUPERVISOR: frozenset({Permission.READ, Permission.READ_WITHDRAWN, Permission.SUPERVISE}),
    Role.INQUIRER: frozenset({Permission.CONSULT}),
    Role.SYSTEM_ADMINISTRATOR: frozenset({Permission.MANAGE_UNITS, Permission.MANAGE_ACCOUNTS}),
    Role.SECURITY_ADMINISTRATOR: frozenset({Permission.GRANT_ROLES}),
    Role.AUDIT_ADMINISTRATOR: frozenset({Permission.READ_AUDIT}),
}

# 三员: three different people, and none of them reads archive content (GB/T 39784).
ADMINISTRATORS = frozenset({Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR})


@dataclass(frozen=True)
class Held:
    """A role held in a unit, the unit known by its path."""

    role: Role
    unit_path: str


@dataclass(frozen=True)
class Scope:
    """The units a permission reaches: whole subtrees and single units, by path; empty reaches nothing."""

    subtrees: frozenset[str] = frozenset()
    singles: frozenset[str] = frozenset()

    def within(self, other: "Scope") -> bool:
        """Whether the other scope reaches everything that this one does."""
        return all(other.covers(path) for path in self.singles) and all(
            any(root.startswith(above) for above in other.subtrees) for root in self.subtrees
        )

    def covers(self, unit_path: str) -> bool:
        return unit_path in self.singles or any(unit_path.startswith(root) for root in self.subtrees)

    def __or__(self, other: "Scope") -> "Scope":
        return Scope(self.subtrees | other.subtrees, self.singles | other.singles)

    def __bool__(self) -> bool:
        return bool(self.subtrees or self.singles)


@dataclass(frozen=True)
class Actor:
    """Who acts: a signed-in user, or the operator at the command line. `name` is what the chains record."""

    user_id: int | None
    name: str
    display_name: str
    unit_path: str
    held: tuple[Held, ...] = ()

    def scope(self, permission: Permission) -> Scope:
        """Where this actor may do a thing."""
        paths = frozenset(held.unit_path for held in self.held if permission in held.role.permissions)
        return Scope(subtrees=paths) if permission.reaches_below else Scope(singles=paths)

    def may(self, permission: Permission, unit_path: str | None = None) -> bool:
        """Whether the actor may do a thing in a unit, or anywhere at all if none is named."""
        scope = self.scope(permission)
        return bool(scope) if unit_path is None else scope.covers(unit_path)

    @property
    def told_of_borrowers(self) -> Scope:
        """The units of which this actor is told who has borrowed what, and for which purpose (art. 17)."""
        return self.scope(Permission.LEND) | self.scope(Permission.APPROVE) | self.scope(Permission.SUPERVISE)

    def holds(self, role: Role) -> bool:
        return any(held.role is role for held in self.held)


# Who works on the files of people sees whom they are about in full; others read a minor's name and a diagnosis masked.
WORKS_ON_FILES = (Permission.FILE, Permission.VERIFY, Permission.REVIEW, Permission.LODGE, Permission.APPROVE)


def works_on(actor: Actor, unit_path: str) -> bool:
    """Whether somebody works on the files of a unit, not only reads them."""
    return any(actor.may(permission, unit_path) for permission in WORKS_ON_FILES)


def answers_for(actor: Actor, unit_path: str) -> bool:
    """Whether somebody keeps the files of a unit or decides for it."""
    return actor.may(Permission.FILE, unit_path) or actor.may(Permission.APPROVE, unit_path)


@dataclass(frozen=True)
class Operator(Actor):
    """The person at the command line of the server, who may do everything the machine lets them."""

    user_id: int | None = None
    name: str = "operator"
    display_name: str = "operator"
    unit_path: str = "/"
    held: tuple[Held, ...] = ()

    def scope(self, permission: Permission) -> Scope:
        return Scope(subtrees=frozenset({"/"}))


OPERATOR = Operator()
