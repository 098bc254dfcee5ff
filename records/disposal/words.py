"""What the chains say of disposal, in words."""

from typing import Any

from audit.words import in_words, member
from classification.periods import Period
from records.disposal.models import DisposalPart, GroupRole, HoldKind, Verdict
from web.language import N_
from web.shown import words


def _period(value: Any) -> str | None:
    try:
        return words(Period.of_letter(str(value)).label)
    except ValueError:
        return None


in_words(
    actions={
        "disposal.appraised": N_("Opinion noted"),
        "disposal.approved": N_("Destruction approved"),
        "disposal.asked_anew": N_("Opinions of the former group taken back"),
        "disposal.cancelled": N_("Disposal batch cancelled"),
        "disposal.completed": N_("Disposal batch completed"),
        "disposal.counted": N_("Counted against the list"),
        "disposal.drawn": N_("Disposal batch drawn"),
        "disposal.line_pulled": N_("Line pulled out by a hold"),
        "disposal.line_released": N_("Line left the batch: its household applies again"),
        "disposal.member_dropped": N_("Member of the appraisal group taken out"),
        "disposal.member_named": N_("Member of the appraisal group named"),
        "disposal.opinion_signed": N_("Opinion on the list signed"),
        "disposal.party_dropped": N_("Naming taken back"),
        "disposal.party_named": N_("Named to sign"),
        "disposal.recounted": N_("List brought up to date"),
        "disposal.refused": N_("Destruction refused"),
        "disposal.resumed": N_("Destruction carried on"),
        "disposal.returned": N_("Disposal batch returned"),
        "disposal.spot_named": N_("Place named for the printed list"),
        "disposal.signed": N_("Destruction signed by a witness"),
        "disposal.started": N_("Destruction begun"),
        "disposal.submitted": N_("Approval asked for"),
        "disposal.witness_replaced": N_("Witness of the destruction replaced"),
        "file.destroyed": N_("File destroyed"),
        "hold.lifted": N_("Hold lifted"),
        "hold.placed": N_("Hold placed"),
        "item.destroyed": N_("Item destroyed"),
        "retention.extended": N_("Kept on for a new period"),
    },
    kinds={
        "disposal_batch": N_("Disposal batch"),
        "disposal_hold": N_("Hold"),
    },
    fields={
        "application": N_("Application"),
        "disposal_part": N_("Signs as"),
        "group_role": N_("Part in the group"),
        "hold_kind": N_("Kind of hold"),
        "lodged": N_("Copy lodged at the aid centre"),
        "objects": N_("Digital files"),
        "opinion": N_("Opinion"),
        "period_letter": N_("Period"),
        "separate_file": N_("Kept apart in"),
        "verdict": N_("Opinion"),
        "waits_until": N_("Waits until"),
        "witnesses": N_("Number of witnesses"),
    },
    readers={
        "disposal_part": member(DisposalPart),
        "group_role": member(GroupRole),
        "hold_kind": member(HoldKind),
        "period_letter": _period,
        "verdict": member(Verdict),
    },
)
