"""What the chains say of supervision, in words."""

from audit.words import in_words, member
from records.supervision.models import IncidentKind, InspectingBody, Outcome, StepKind
from web.language import N_

in_words(
    actions={
        "finding.added": N_("Finding noted"),
        "finding.answered": N_("Finding answered"),
        "finding.closed": N_("Finding closed"),
        "finding.returned": N_("Reply returned"),
        "incident.closed": N_("Case closed"),
        "incident.reported": N_("Incident reported"),
        "incident.step_added": N_("Step noted in a case"),
        "inspection.concluded": N_("Inspection concluded"),
        "inspection.entered": N_("Inspection noted"),
        "inspection.filed": N_("Record of the inspection filed"),
        "inspection.struck": N_("Inspection struck"),
    },
    kinds={
        "finding": N_("Finding"),
        "incident": N_("Incident"),
        "inspection": N_("Inspection"),
    },
    fields={
        "addressee": N_("Reported to"),
        "article": N_("Article"),
        "body": N_("Kind of inspecting body"),
        "codes": N_("Records concerned"),
        "conclusion": N_("Conclusion"),
        "extent": N_("Scope of the inspection"),
        "found_by": N_("Found out by"),
        "found_on": N_("Found out on"),
        "happened": N_("What is known of it"),
        "incident": N_("Kind of incident"),
        "measures": N_("What was done"),
        "outcome": N_("Outcome"),
        "people": N_("People"),
        "step": N_("Step taken"),
        "text": N_("Text"),
    },
    readers={
        "body": member(InspectingBody),
        "incident": member(IncidentKind),
        "outcome": member(Outcome),
        "step": member(StepKind),
    },
)
