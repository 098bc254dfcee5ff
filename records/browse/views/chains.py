"""The two chains: what was changed, and what was looked at."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from accounts.uses import note_export
from audit import AuditEntry, UseEntry
from audit.words import actions_of, known_kinds
from records.browse.history import CHAIN_HEADINGS, Chain, Selection, chain_rows, tell, visible_entries
from records.browse.views.asked import day, page_asked
from records.browse.views.blueprint import browse
from web.language import gettext
from web.listing import spreadsheet
from web.numbers import row_number
from web.transaction import reading, settings, today

EXPORTED_ENTRIES = 100_000


@browse.get("/audit")
@requires(Permission.READ_AUDIT)
def audit_trail() -> ResponseReturnValue:
    """What was changed 审计链."""
    lede = gettext("Every change, numbered without gaps; no entry can be altered or removed unnoticed.")
    return _chain(AuditEntry, gettext("Audit trail"), lede, cited=19)


@browse.get("/uses")
@requires(Permission.READ_AUDIT)
def use_register() -> ResponseReturnValue:
    """What was looked at 利用登记."""
    lede = gettext("Who viewed, printed, exported or was refused, and when.")
    return _chain(UseEntry, gettext("Use register"), lede, cited=17)


def _chain(chain: Chain, title: str, lede: str, *, cited: int) -> ResponseReturnValue:
    session, actor = reading(), current_actor()
    chosen = Selection(
        actor=request.args.get("actor", "").strip() or None,
        action=request.args.get("action") or None,
        kind=request.args.get("kind") or None,
        subject_id=request.args.get("subject", type=row_number),
        from_on=day("from"),
        until_on=day("until"),
    )
    query = visible_entries(chain, actor).where(*chosen.conditions(chain, settings().time_zone))
    if request.args.get("format") == "xlsx":
        rows = session.scalars(query.order_by(chain.number.desc()).limit(EXPORTED_ENTRIES)).all()
        note_export(chain.__tablename__, len(rows))
        return spreadsheet(
            title, [gettext(heading) for heading in CHAIN_HEADINGS], chain_rows(session, rows, actor, today())
        )
    page = page_asked(chain, query)
    return render_template(
        "records/browse/chain.html",
        title=title,
        lede=lede,
        cited=cited,
        told=tell(session, page.entries, actor, on=today()),
        page=page,
        chosen=chosen,
        actions=actions_of(chain.__tablename__),
        kinds=known_kinds(),
    )
