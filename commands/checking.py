"""Verifying the whole installation, checking its parts, building the index anew."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import click
from sqlalchemy.orm import Session

import audit
from commands.office import Office, open_office, open_workshop
from commands.schema import is_current, upgrade
from records.consultation.sealed import sealed_faults, stray_sealed
from records.exchange.clearing import sheets_still_stored, stray_sheets
from records.holdings.copies import surviving_paper
from records.holdings.fixity import check_objects, settle
from records.holdings.work import again, prepare_some
from search import IndexBusy
from search.gathering import count
from search.services import backlog, catch_up, rebuild
from storage.sealing import vault_of

UPLOADS_END_WITHIN = timedelta(hours=1)
OBJECTS_AT_ONCE = 32


class _Anchor(click.ParamType[audit.Anchor]):
    name = "NUMBER:DIGEST"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> audit.Anchor:
        try:
            return audit.Anchor.parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command()
@click.option("--anchor", type=_Anchor(), help="An end of the chain of changes noted earlier, outside this machine.")
@click.option(
    "--set-aside", is_flag=True, help="Move bytes that no row names to `aside/`; sheets of imports that never began go."
)
def verify(anchor: audit.Anchor | None, set_aside: bool) -> None:
    """Check both chains, every stored byte against its row, and that no paper outlived its destruction.

    Says what is wrong in words. Exit status 0: all is whole; 1: something was altered or lost.
    """
    whole = True
    with open_office() as office:
        with office.database.reading() as session:
            for chain, words in (("changes", "Audit chain"), ("uses", "Use register")):
                report = audit.verify(session, chain, anchor=anchor if chain == "changes" else None)
                if report.whole:
                    click.echo(f"{words}: {report.entries} entries, whole. It ends at {report.head}")
                else:
                    whole = False
                    click.echo(f"{words}: BROKEN. {report.fault}", err=True)
        before = datetime.now(UTC) - UPLOADS_END_WITHIN
        with office.database.reading() as session:
            fixity = check_objects(session, office.store, before=before)
            removed, strays = _sheets(session, office, before)
            letters = list(sealed_faults(session, office.store, vault_of(session)))
            stray = stray_sealed(session, office.store, before=before)
            paper = [(copy.barcode, copy.item.code, copy.item.destroyed_under) for copy in surviving_paper(session)]
            if set_aside:
                settle(session, office.store, before=before)
                for key in (*strays, *stray):
                    office.store.destroy(key)
        for fault in fixity.faults:
            click.echo(f"Object {fault.object_id} ({fault.name}): {fault.reason}", err=True)
        click.echo(f"Objects: {fixity.objects} read, {fixity.size_bytes} bytes, {len(fixity.faults)} faults.")
        if fixity.destroyed:
            click.echo(f"Destroyed under a list: {fixity.destroyed} objects, looked for in the store.")
        if fixity.stray:
            done = "set aside" if set_aside else "kept; --set-aside moves them away"
            click.echo(f"Interrupted uploads that no row names: {len(fixity.stray)}, {done}.")
        for barcode, code, number in paper:
            click.echo(
                f"Paper copy {barcode} is on record still, though {code} was destroyed under {number}.", err=True
            )
        for lost in letters:
            click.echo(lost, err=True)
        if stray:
            done = "removed" if set_aside else "kept; --set-aside removes them"
            click.echo(f"Letters and certificates that no row names: {len(stray)}, {done}.")
        for key in removed:
            click.echo(f"The sheet of an import that is over is still stored at {key}.", err=True)
        if strays:
            done = "removed" if set_aside else "kept; --set-aside removes them"
            click.echo(f"Sheets of imports that never began: {len(strays)}, {done}.")
    if not (whole and fixity.sound) or removed or letters or paper:
        raise SystemExit(1)


@click.command()
def check() -> None:
    """Check that every part this installation needs is there and works.

    Exit status 0: ready; 1: something is missing, named in words.
    """
    faults = []
    with open_office() as office:
        for name, part in (
            ("Database", _database),
            ("Objects", _objects),
            ("Index", _index),
            ("Decoders", _decoders),
        ):
            try:
                click.echo(f"{name}: {part(office)}")
            except Exception as error:  # whatever is wrong with a part is what this command is to say
                faults.append(name)
                click.echo(f"{name}: {type(error).__name__}: {error}", err=True)
    if faults:
        raise SystemExit(1)


@click.command()
@click.option(
    "--derived",
    is_flag=True,
    help="First make types, texts and pictures of all objects anew, as after a loss of `derived/`.",
)
def reindex(derived: bool) -> None:
    """Build the full-text index anew from the database, while the old one goes on serving."""
    with open_office() as office:
        upgrade(office.database)
        if derived:
            _make_derived(office)
        index = office.index()
        with office.database.reading() as session:
            length = count(session)
        with click.progressbar(length=length, label="Indexing") as bar:
            try:
                done = rebuild(office.database, index, lambda total: bar.update(total - bar.pos))
                while catch_up(office.database, index):
                    pass
            except IndexBusy as error:
                raise click.ClickException("Another rebuild is going on.") from error
        click.echo(f"{done} documents; level with the chain at {index.cursor}.")


def _sheets(session: Session, office: Office, before: datetime) -> tuple[list[str], list[str]]:
    """The keys of sheets that are to be gone and are not, and of those that no import names."""
    return list(sheets_still_stored(session, office.store)), stray_sheets(session, office.store, before=before)


def _make_derived(office: Office) -> None:
    length = again(office.database, office.store)
    with open_workshop() as workshop, click.progressbar(length=length, label="Preparing") as bar:
        while some := prepare_some(office.database, office.store, workshop, limit=OBJECTS_AT_ONCE):
            bar.update(some)


def _database(office: Office) -> str:
    if not is_current(office.database):
        raise RuntimeError("The schema is not that of this program; `anjuan serve` brings it up to date.")
    return f"{office.database.engine.dialect.name}, schema up to date"


def _objects(office: Office) -> str:
    probe = office.store.put(BytesIO(b"anjuan"), prefix="derived")
    office.store.discard(probe.key)
    return f"{type(office.store).__name__}, written and read back"


def _index(office: Office) -> str:
    index = office.index()
    if faults := index.check():
        raise RuntimeError("; ".join(faults) + " `anjuan reindex` builds it anew.")
    return f"{len(index)} documents, {backlog(office.database, index)} changes behind"


def _decoders(office: Office) -> str:
    with open_workshop() as workshop:
        prepared = workshop.prepare(office.settings.secret_file, "secrets.json")
    return f"working ({prepared.media_type} recognised)"
