"""When what a notice asks for is done: it settles then by itself."""

from sqlalchemy import select
from sqlalchemy.orm import aliased

from records.closing.models import ClosingState, FileTransfer, TransferState, UnitClosing
from records.consultation.models import Certificate, Consultation, Inquirer
from records.consultation.models import State as Consulting
from records.disposal.models import BatchState, DisposalBatch
from records.handover.models import Handover, HandoverCase, HandoverState
from records.lending.models import Loan, LoanReminder, LoanRequest, RequestState
from records.notices.models import Notice
from records.notices.registry import waits_while
from records.stocktake.models import Stocktake, StocktakeState
from records.supervision.models import Finding, FindingState, Incident
from records.upkeep.models import Determination
from records.workflow.models import Application
from records.workflow.models import State as Applying
from records.workflow.notice import objected

_OUT = aliased(Loan)
_STILL_REMINDED = (
    select(_OUT.borrower_id).join(LoanReminder, LoanReminder.loan_id == _OUT.id).where(_OUT.returned_on.is_(None))
)

waits_while(
    LoanRequest, LoanRequest.state == RequestState.WAITING, "loan_request.made", "loan_request.sent_back_to_leader"
)
waits_while(
    LoanRequest, LoanRequest.state == RequestState.READY, "loan_request.ready", "loan_request.ready_after_return",
    "loan_request.pickup", "loan_request.pickup_moved",
)  # fmt: skip
waits_while(
    Loan, Loan.returned_on.is_(None), "loan.recalled", "loan.undone", "loan.due_moved", "loan.reminded_thrice",
    "loan.due",
)  # fmt: skip
# It names the first of the papers reminded of on a day, and stands for the others as well.
waits_while(Loan, Loan.borrower_id.in_(_STILL_REMINDED), "loan.reminded")
waits_while(Inquirer, Inquirer.decided_at.is_(None), "inquirer.registered")
waits_while(Consultation, Consultation.state == Consulting.FILED, "consultation.filed")
waits_while(Consultation, Consultation.state == Consulting.NARROWED, "consultation.narrowed")
waits_while(
    Consultation, Consultation.state.in_([Consulting.APPROVED, Consulting.OPEN]), "consultation.lapsing"
)  # fmt: skip
waits_while(Certificate, Certificate.revoked_on.is_(None), "certificate.given")
waits_while(
    Handover,
    (Handover.state == HandoverState.OPEN)
    & Notice.user_id.in_(
        [
            Handover.leaver_id,
            Handover.receiver_id,
            Handover.witness_id,
            Handover.second_witness_id,
            Handover.starter_id,
        ]
    ),
    "handover.started",
    "handover.started_without",
    "handover.signatures_lapsed",
    "handover.witness_replaced",
    "handover.witness_named",
)
waits_while(
    HandoverCase, HandoverCase.closed_on.is_(None), "handover_case.opened", "handover_case.passed",
    "handover_case.due", "handover_case.late", "handover_case.stated",
)  # fmt: skip
waits_while(FileTransfer, FileTransfer.state == TransferState.PROPOSED, "file_transfer.proposed")
waits_while(UnitClosing, UnitClosing.state == ClosingState.OPEN, "unit_closing.begun")
waits_while(UnitClosing, UnitClosing.sets_to_id.is_not(None), "unit_closing.sets_offered")
waits_while(Stocktake, Stocktake.state == StocktakeState.COUNTING, "stocktake.started")
waits_while(
    Stocktake, Stocktake.state == StocktakeState.SETTLING, "stocktake.counted", "stocktake.signatures_lapsed"
)  # fmt: skip
waits_while(DisposalBatch, DisposalBatch.state == BatchState.SUBMITTED, "disposal.submitted")
waits_while(Determination, Determination.answered_on.is_(None), "determination.proposed")
waits_while(Finding, Finding.state == FindingState.OPEN, "finding.added", "finding.due", "finding.late")
waits_while(Incident, Incident.closed_on.is_(None), "incident.reported")
waits_while(
    Application,
    Application.state.in_([Applying.DECISION, Applying.SUBMITTED, Applying.NOTICE, Applying.VERIFICATION]),
    "application.submitted",
)
waits_while(Application, objected(), "application.objection_noted")
waits_while(Application, Application.state == Applying.REVIEW, "application.verified")
waits_while(Application, Application.state == Applying.LODGEMENT, "application.reviewed")
