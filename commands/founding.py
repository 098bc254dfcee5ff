"""The first steps of a new installation: the root of the union tree and its three administrators."""

from datetime import UTC, datetime

import click
from sqlalchemy import select

from accounts.models import User
from accounts.roles import OPERATOR, Role
from accounts.services import grant_role, open_account, set_password
from commands.office import open_office
from commands.schema import upgrade
from units.models import Unit, UnitKind
from units.services import found_unit
from web.rules import RuleViolation

ADMINISTRATORS = (
    ("system", Role.SYSTEM_ADMINISTRATOR),
    ("security", Role.SECURITY_ADMINISTRATOR),
    ("audit", Role.AUDIT_ADMINISTRATOR),
)


@click.command()
@click.argument("unit_name")
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in UnitKind]),
    default=UnitKind.DISTRICT.value,
    show_default=True,
    help="What the unit is.",
)
@click.option("--fonds", "fonds_number", required=True, help="Its fonds number 全宗号, as in C038.")
def found(unit_name: str, kind: str, fonds_number: str) -> None:
    """Found a new installation: its topmost unit and the three administrators, whose passwords are asked for.

    They do the rest in the browser: units, accounts, roles.
    """
    with open_office() as office:
        upgrade(office.database)
        with office.database.reading() as session:
            if session.scalar(select(Unit.id).limit(1)):
                raise click.ClickException("This installation has been founded already; the administrators sign in.")
        passwords = {
            name: click.prompt(f"Password of {name} ({role.label.zh})", hide_input=True, confirmation_prompt=True)
            for name, role in ADMINISTRATORS
        }
        at = datetime.now(UTC)
        try:
            with office.database.begin() as session:
                root = found_unit(session, None, unit_name, UnitKind(kind), actor=OPERATOR, fonds_number=fonds_number)
                for name, role in ADMINISTRATORS:
                    user = open_account(session, name, role.label.zh, passwords[name], root.path, actor=OPERATOR, at=at)
                    session.flush()
                    grant_role(session, user, role, root.path, actor=OPERATOR, at=at)
        except RuleViolation as refusal:
            raise click.ClickException(str(refusal)) from refusal
    click.echo("Founded. Start with: anjuan serve")


@click.command()
@click.argument("name")
def password(name: str) -> None:
    """Give an account a new password, asked for here; every session of the account ends.

    The way back in for an administrator who has forgotten theirs: nobody else may set it in the browser.
    """
    with open_office() as office:
        upgrade(office.database)
        given = click.prompt("New password", hide_input=True, confirmation_prompt=True)
        try:
            with office.database.begin() as session:
                user = session.scalar(select(User).where(User.name == name, User.closed_at.is_(None)))
                if user is None:
                    raise click.ClickException(f"There is no open account {name}.")
                set_password(session, user, given, actor=OPERATOR, at=datetime.now(UTC))
        except RuleViolation as refusal:
            raise click.ClickException(str(refusal)) from refusal
    click.echo(f"{name} signs in with the new password now.")
