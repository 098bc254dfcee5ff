"""The factory: joins settings, database, object store, blueprints and error pages."""

from flask import Flask
from flask_bootstrap import Bootstrap5
from werkzeug.middleware.proxy_fix import ProxyFix

from accounts.guard import current_session, use_guards
from accounts.views import accounts
from config import Settings
from records.aid.views import aid
from records.browse.views import browse
from records.closing.views import closing
from records.consultation.views import consultation
from records.disposal.views import disposal
from records.exchange.views import exchange
from records.files.views import files
from records.handover.views import handover
from records.holdings.views import holdings
from records.lending.views import lending
from records.notices.views import notices
from records.stocktake.views import stocktake
from records.supervision.views import supervision
from records.upkeep.views import upkeep
from records.workflow.views import workflow
from rules.views import rules
from search.views import search, use_search
from storage.database import Database
from storage.objects import open_store
from storage.sealing import Vault
from units.people import people
from units.views import units
from web.errors import use_error_pages
from web.language import N_, use_languages
from web.menu import Entry, Group, use_menu
from web.numbers import use_numbers
from web.security import use_security
from web.shown import use_filters
from web.transaction import use_transactions

BLUEPRINTS = (
    accounts, aid, browse, closing, consultation, disposal, exchange, files, handover, holdings, lending, notices,
    people, rules, search, stocktake, supervision, units, upkeep, workflow,
)  # fmt: skip
MENU = (
    Group(
        "",
        (
            Entry(N_("Workbench"), "browse.workbench"),
            Entry(N_("My consultations"), "consultation.list_own", ("consult",)),
            Entry(N_("Search"), "search.find", ("read",)),
            Entry(N_("Ready queries"), "browse.list_queries", ("read",)),
        ),
    ),
    Group(
        N_("Opening files"),
        (
            Entry(N_("Applications"), "workflow.list_applications", ("read",)),
            Entry(N_("Refusal register"), "workflow.list_refusals", ("read",)),
            Entry(N_("Records of the aid system"), "workflow.list_imports", ("read",)),
            Entry(N_("Lodged copies"), "workflow.list_lodged", ("read",)),
        ),
    ),
    Group(
        N_("Collecting and arranging"),
        (
            Entry(N_("Households"), "browse.list_files", ("read",), (("category", "original"),)),
            Entry(N_("Accounting files"), "browse.list_files", ("read",), (("category", "accounting"),)),
            Entry(N_("Daily work files"), "browse.list_files", ("read",), (("category", "documentary"),)),
            Entry(N_("Awaiting filing"), "browse.list_awaiting", ("file",)),
            Entry(N_("Help received"), "aid.list_aid", ("read",)),
            Entry(N_("Imports"), "exchange.list_runs", ("file",)),
        ),
    ),
    Group(
        N_("Keeping alive"),
        (
            Entry(N_("Twin duties"), "upkeep.list_duties", ("read",)),
            Entry(N_("Determinations of the class"), "upkeep.list_determinations", ("read",)),
            Entry(N_("Reviews of withdrawal"), "upkeep.list_reviews", ("read",)),
            Entry(N_("Clean-ups"), "upkeep.list_clean_ups", ("read",)),
        ),
    ),
    Group(
        N_("Keeping and lending"),
        (
            Entry(N_("Places"), "holdings.list_places", ("read",)),
            Entry(N_("Boxes"), "holdings.list_boxes", ("read",)),
            Entry(N_("Stocktakes"), "stocktake.list_stocktakes", ("read_withdrawn",)),
            Entry(N_("Lending desk"), "lending.desk", ("lend",)),
            Entry(N_("Requests for paper"), "lending.list_requests", ("read",)),
            Entry(N_("Loans"), "lending.list_loans", ("read",)),
            Entry(N_("Outside consultations"), "consultation.list_consultations", ("read_withdrawn",)),
        ),
    ),
    Group(
        N_("Handing over and moving"),
        (
            Entry(N_("Handovers"), "handover.list_handovers", ("read",)),
            Entry(N_("Differences of handovers"), "handover.list_cases", ("read",)),
            Entry(N_("Transfers"), "closing.list_transfers", ("read",)),
            Entry(N_("Custody on behalf"), "closing.list_custody", ("read",)),
            Entry(N_("Units that end"), "closing.list_closings", ("read",)),
        ),
    ),
    Group(
        N_("Appraisal and destruction"),
        (
            Entry(N_("Due for appraisal"), "disposal.list_due", ("read",)),
            Entry(N_("Disposal batches"), "disposal.list_batches", ("read",)),
            Entry(N_("Holds"), "disposal.list_holds", ("read",)),
        ),
    ),
    Group(
        N_("Supervision"),
        (
            Entry(N_("Statistics"), "browse.show_statistics", ("read",)),
            Entry(N_("Inspections"), "supervision.list_inspections", ("read",)),
            Entry(N_("Findings"), "supervision.list_findings", ("read",)),
            Entry(N_("Incidents"), "supervision.list_incidents", ("read",)),
        ),
    ),
    Group(
        N_("Rules and people"),
        (
            Entry(N_("The regulation"), "browse.list_articles"),
            Entry(N_("Rules"), "rules.list_rules", ("read",)),
            Entry(N_("Working days"), "rules.list_years", ("read", "manage_units")),
            Entry(N_("Custodians"), "closing.list_custodians", ("read",)),
        ),
    ),
    Group(
        N_("Administration"),
        (
            Entry(N_("Units"), "units.list_units", ("manage_units",)),
            Entry(N_("Accounts and roles"), "people.list_accounts", ("manage_accounts", "grant_roles")),
            Entry(N_("Audit trail"), "browse.audit_trail", ("read_audit",)),
            Entry(N_("Use register"), "browse.use_register", ("read_audit",)),
        ),
    ),
)


def open_database(settings: Settings) -> Database:
    """The database of an installation, its sessions holding the vault."""
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    vault = Vault.open_or_create(settings.secret_file)
    return Database(settings.database_url, info={"vault": vault}, threads_count=settings.threads_count)


def create_app(settings: Settings, database: Database | None = None) -> Flask:
    """The web application; raises RuntimeError if a route has no guard."""
    app = Flask("app", static_folder="web/static", static_url_path="/static")
    app.config.update(
        SECRET_KEY=Vault.open_or_create(settings.secret_file).signing_key,
        MAX_FORM_MEMORY_SIZE=2 * 1024**2,
        BOOTSTRAP_SERVE_LOCAL=True,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if settings.behind_https:
        app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]
    Bootstrap5(app)
    use_languages(app)
    use_transactions(app, database or open_database(settings), open_store(settings.objects_url), settings)
    use_search(app, settings)
    use_filters(app)
    use_numbers(app)
    use_security(
        app,
        behind_https=settings.behind_https,
        upload_limit_bytes=settings.upload_limit_bytes,
        is_signed_in=lambda: current_session() is not None,
    )
    use_error_pages(app)
    use_menu(app, MENU)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    use_guards(app)
    return app
