"""`anjuan` and its sub-commands."""

import logging

import click

from commands.checking import check, reindex, verify
from commands.demonstrating import demo
from commands.founding import found, password
from commands.intake import file
from commands.serving import serve, worker


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="anjuan", prog_name="anjuan")
def main() -> None:
    """Anjuan 案卷: records management for mixed-media archives.

    Settings come from the environment (docs/settings.md); without any, everything lies in the folder `data`.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)


for command in (serve, worker, demo, found, password, file, reindex, verify, check):
    main.add_command(command)
