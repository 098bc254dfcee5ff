"""What the chains say of handovers, in words."""

from audit.words import in_words, member
from records.handover.models import CaseKind, Difference, HandoverKind, Part
from web.language import N_

in_words(
    actions={
        "handover.cancelled": N_("Handover cancelled"),
        "handover.completed": N_("Handover completed"),
        "handover.counted_fully": N_("Everything counted after all"),
        "handover.difference_noted": N_("Difference noted"),
        "handover.extra_noted": N_("Noted what is not listed"),
        "handover.line_confirmed": N_("Line of the list confirmed"),
        "handover.line_refused": N_("Line of the list refused"),
        "handover.lines_confirmed": N_("Lines of the list confirmed"),
        "handover.list_changed": N_("Transfer list compared anew"),
        "handover.signatures_lapsed": N_("Signatures lapsed"),
        "handover.signed": N_("Handover signed"),
        "handover.started": N_("Handover started"),
        "handover.witness_replaced": N_("Witness of a handover replaced"),
        "handover_case.closed": N_("Difference of a handover settled"),
        "handover_case.found": N_("What was missing at a handover found"),
        "handover_case.opened": N_("Difference of a handover to settle"),
        "handover_case.passed": N_("Difference of a handover passed on"),
        "handover_case.reported": N_("Difference of a handover reported"),
        "handover_case.stated": N_("Statement on a difference of a handover"),
    },
    kinds={
        "handover": N_("Handover"),
        "handover_case": N_("Difference of a handover"),
    },
    fields={
        "case_kind": N_("Kind of case"),
        "cases": N_("Differences to settle"),
        "changed": N_("Changed"),
        "difference": N_("Difference"),
        "handed_over": N_("What is handed over"),
        "handover": N_("Handover number"),
        "handover_kind": N_("Kind of handover"),
        "incident_number": N_("Incident number"),
        "leaver": N_("Hands over"),
        "left": N_("Left"),
        "line": N_("Line"),
        "list_code": N_("Code of the list"),
        "open_work": N_("Open work"),
        "part": N_("Part"),
        "proof": N_("Proof of absence"),
        "receiver": N_("Takes over"),
        "sample_seed": N_("Seed of the sample"),
        "second_witness": N_("Second witness"),
        "settled_by": N_("Settled by"),
    },
    readers={
        "case_kind": member(CaseKind),
        "difference": member(Difference),
        "handover_kind": member(HandoverKind),
        "part": member(Part),
    },
)
