"""`anjuan demo`: the populated demonstration, where there is nothing yet."""

import click

import demonstration.words  # noqa: F401 - they register themselves
from accounts.views import DEMONSTRATION_PASSWORD
from commands.office import open_office, open_workshop
from commands.schema import upgrade
from commands.serving import work


@click.command()
def demo() -> None:
    """Build the demonstration in an empty installation; one that was interrupted is continued.

    An installation that is somebody's own is left alone. Serve it with ANJUAN_DEMONSTRATION=yes: the sign-in page
    then offers every account by one click.
    """
    from demonstration.building import NotEmpty, build  # what draws and films is needed here alone

    with open_office() as office, open_workshop() as workshop:
        upgrade(office.database)
        try:
            built = build(
                office.database,
                office.store,
                workshop,
                today=office.settings.today(),
                time_zone=office.settings.time_zone,
                say=lambda step: click.echo(f"{step} …"),
            )
        except NotEmpty as refusal:
            raise click.ClickException(
                "This installation holds units that are no demonstration; nothing was changed. "
                "Name an empty folder: ANJUAN_DATA_FOLDER=data-demo anjuan demo"
            ) from refusal
        click.echo("Indexing …" if built else "The demonstration is there already.")
        index = office.index()
        while built and work(office, workshop, index):
            pass
    click.echo(f"Sign in with any account; the password is {DEMONSTRATION_PASSWORD}.")
