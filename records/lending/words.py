"""What the chains say of lending, in words."""

from audit.words import in_words, member
from records.lending.allowed import needs_in_words
from records.lending.models import Undone
from web.language import N_
from web.shown import words

in_words(
    actions={
        "delegation.ended": N_("Standing in ended"),
        "delegation.made": N_("Somebody named to stand in"),
        "loan.closed": N_("Taken back"),
        "loan.damaged": N_("Damage to what was lent reported"),
        "loan.due_moved": N_("Loan due day moved"),
        "loan.lost": N_("Loss of what was lent reported"),
        "loan.opened": N_("Lent"),
        "loan.recalled": N_("Loan recalled"),
        "loan.reminded": N_("Reminder of a loan"),
        "loan.renewed": N_("Loan renewed"),
        "loan.undone": N_("Undone at the desk"),
        "loan_request.approved": N_("Request approved"),
        "loan_request.cancelled": N_("Request cancelled"),
        "loan_request.declined": N_("Request declined"),
        "loan_request.handed_out": N_("Handed out what was asked for"),
        "loan_request.lapsed": N_("Request lapsed"),
        "loan_request.made": N_("Paper asked for"),
        "loan_request.pickup_moved": N_("Pick-up day moved"),
        "loan_request.ready": N_("Put aside for pick-up"),
        "loan_request.ready_again": N_("Put aside again: the lending was undone at the desk"),
        "loan_request.requeued": N_("Put back into its place by an undoing at the desk"),
        "loan_request.sent_back": N_("Request back with the leader"),
    },
    kinds={
        "approval_delegation": N_("Standing in for a leader"),
        "loan": N_("Loan"),
        "loan_request": N_("Request for paper"),
    },
    fields={
        "asked_for": N_("What is asked for"),
        "borrower": N_("Borrower"),
        "days": N_("Days granted"),
        "deputy": N_("Stands in"),
        "from_on": N_("From"),
        "in_place_of": N_("In the place of"),
        "lent_despite": N_("Lent though something is overdue, because"),
        "left_out": N_("Copies not with it"),
        "needs": N_("Approval needed for"),
        "overdue": N_("Overdue too long by then"),
        "pickup_by": N_("Pick up by"),
        "reminder": N_("Which reminder"),
        "undone": N_("Undone"),
        "until_on": N_("Until"),
    },
    readers={
        "needs": lambda value: words(needs_in_words(value)),
        "undone": member(Undone),
    },
)
