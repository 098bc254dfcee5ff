"""The factory: joins settings, database, object store, blueprints and error pages."""

from flask import Flask
from flask_bootstrap import Bootstrap5
from werkzeug.middleware.proxy_fix import ProxyFix

from accounts.guard import use_guards
from accounts.views import accounts
from config import Settings
from storage.database import Database
from storage.objects import open_store
from storage.sealing import Vault
from web.errors import use_error_pages
from web.language import use_languages
from web.security import use_security
from web.shown import use_filters
from web.transaction import use_transactions

BLUEPRINTS = (accounts,)


def open_database(settings: Settings) -> Database:
    """The database of an installation, its sessions holding the vault."""
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    return Database(settings.database_url, info={"vault": Vault.open_or_create(settings.secret_file)})


def create_app(settings: Settings, database: Database | None = None) -> Flask:
    """The web application; raises RuntimeError if a route has no guard."""
    app = Flask("app", static_folder="web/static", static_url_path="/static")
    app.config.update(
        SECRET_KEY=Vault.open_or_create(settings.secret_file).signing_key,
        MAX_FORM_MEMORY_SIZE=2 * 1024**2,
        BOOTSTRAP_SERVE_LOCAL=True,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.do")
    if settings.behind_https:
        app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]
    Bootstrap5(app)
    use_languages(app)
    use_transactions(app, database or open_database(settings), open_store(settings.objects_url), settings)
    use_filters(app)
    use_security(app, behind_https=settings.behind_https)
    use_error_pages(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    use_guards(app)
    return app
