"""`anjuan file`: a folder of files taken into one file of the archives, each an item of its own."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import OPERATOR, Actor
from classification.categories import Carrier
from classification.checklists import document_types, other_type
from commands.office import Office, open_office, open_workshop
from commands.schema import upgrade
from records.closing.families import file_of_alias
from records.files.models import File
from records.holdings.copies import register_copy
from records.holdings.errors import PaperMissing, UnknownBarcode
from records.holdings.filing import file_item
from records.holdings.intake import Common, aside_if_refused, object_with_digest, receive_bytes, take_in
from records.holdings.models import DigitalObject, Spot
from records.holdings.scanned import spot_named
from records.holdings.work import prepare_some
from web.rules import RuleViolation

AT_ONCE = 50


@dataclass(frozen=True)
class Outcome:
    """What became of one file of the folder: `filed`, `known`, `kept` (not filed, and why) or `refused`."""

    kind: str
    name: str
    said: str


@dataclass(frozen=True)
class Order:
    """Into which file, in whose name, as what, and where the paper counterparts lie."""

    file_id: int
    actor: Actor
    type_key: str | None
    barcode: str | None


@click.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@click.option("--into", "code", required=True, help="Reference code of the file they go into.")
@click.option("--box", "barcode", help="Box or place where the paper counterparts lie; each gets a barcode of its own.")
@click.option("--type", "type_key", help="Key of the document type; by default “other” of the file's category.")
@click.option("--as", "account", help="Account in whose name they are filed; by default the operator.")
def file(folder: Path, code: str, barcode: str | None, type_key: str | None, account: str | None) -> None:
    """File every file of a folder, or one file, as items of their own.

    What article 15 wants on paper too is filed only with --box; without it, it is kept and awaits its paper. What
    cannot be read is kept with the reason and not filed. Run again, the command passes over what is there already and
    goes on where it stopped.
    """
    with open_office() as office:
        upgrade(office.database)
        with office.database.reading() as session:
            order = _order(session, code, barcode, type_key, account)
        paths = sorted(path for path in (folder.rglob("*") if folder.is_dir() else [folder]) if path.is_file())
        outcomes: Counter[str] = Counter()
        for outcome in take(office, paths, order):
            outcomes[outcome.kind] += 1
            click.echo(f"{outcome.kind:8}{outcome.name}: {outcome.said}")
    click.echo(", ".join(f"{number} {kind}" for kind, number in sorted(outcomes.items())) or "Nothing to file.")


def take(office: Office, paths: Sequence[Path], order: Order) -> Iterator[Outcome]:
    """Take files in, have them examined, and file what nothing stands in the way of; every refusal in words."""
    with open_workshop() as workshop:
        for start in range(0, len(paths), AT_ONCE):
            arrived = [_arrive(office, path, order) for path in paths[start : start + AT_ONCE]]
            while prepare_some(office.database, office.store, workshop, limit=AT_ONCE):
                pass
            for path, result in zip(paths[start : start + AT_ONCE], arrived, strict=True):
                yield result if isinstance(result, Outcome) else _file_one(office, path.name, result, order)


def _arrive(office: Office, path: Path, order: Order) -> Outcome | int:
    """The id of the object that has these bytes, stored now or earlier, or the refusal."""
    with path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    with office.database.reading() as session:
        if known := object_with_digest(session, order.file_id, sha256):
            filed_as = known.item.code
            return Outcome("known", path.name, f"filed as {filed_as}") if filed_as else known.id
    at, on = datetime.now(UTC), office.settings.today()
    changed = datetime.fromtimestamp(path.stat().st_mtime, office.settings.time_zone)
    try:
        with path.open("rb") as stream:
            arrived = receive_bytes(office.store, stream, path.name, limit_bytes=office.settings.upload_limit_bytes)
        with aside_if_refused(office.store, arrived), office.database.begin() as session:
            into = session.get_one(File, order.file_id)
            kind = order.type_key or other_type(into.category).key
            common = Common(kind, Carrier.ELECTRONIC, changed.date().isoformat(), into.unit.name, into.retention_class)
            row = take_in(session, into, arrived, common, actor=order.actor, at=at, on=on)
            session.flush()
            return row.id
    except RuleViolation as refusal:
        return Outcome("refused", path.name, str(refusal))


def _file_one(office: Office, name: str, object_id: int, order: Order) -> Outcome:
    at, on = datetime.now(UTC), office.settings.today()
    try:
        with office.database.begin() as session:
            row = session.get_one(DigitalObject, object_id)
            try:
                file_item(session, row.item, actor=order.actor, on=on)
            except PaperMissing:
                spot = _spot(session, order.barcode)
                if spot is None:
                    raise
                pages = row.facts.get("pages") or 1
                register_copy(session, row.item, spot, pages_count=pages, actor=order.actor, at=at, on=on)
                file_item(session, row.item, actor=order.actor, on=on)
            noticed = "".join(f", {finding['code']}" for finding in row.findings)
            return Outcome("filed", name, f"{row.item.code} ({row.media_type}{noticed})")
    except RuleViolation as refusal:
        return Outcome("kept", name, str(refusal))


def _order(session: Session, code: str, barcode: str | None, type_key: str | None, account: str | None) -> Order:
    number = file_of_alias(session, code)
    into = session.get(File, number) if number else session.scalar(select(File).where(File.code == code))
    if into is None:
        raise click.ClickException(f"There is no file {code}.")
    types = [kind.key for kind in document_types(into.category)]
    if type_key is not None and type_key not in types:
        raise click.ClickException(f"There is no document type {type_key} in this file; there are: {', '.join(types)}.")
    actor: Actor = OPERATOR
    if account is not None:
        user = session.scalar(select(User).where(User.name == account, User.closed_at.is_(None)))
        if user is None:
            raise click.ClickException(f"There is no open account {account}.")
        actor = user.actor
    try:
        _spot(session, barcode)
    except UnknownBarcode as unknown:
        raise click.ClickException(str(unknown)) from unknown
    return Order(into.id, actor, type_key, barcode)


def _spot(session: Session, barcode: str | None) -> Spot | None:
    return spot_named(session, barcode, OPERATOR)
