"""The blueprint of handovers, and what of it is one's own."""

from flask import Blueprint

from accounts.own import own_page
from web.language import N_

handover = Blueprint("handover", __name__)
own_page(N_("My handovers"), "handover.list_handovers", state="party")
own_page(N_("My handover cases"), "handover.list_cases", state="mine")
