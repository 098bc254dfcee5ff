"""What the chains say of consultations, in words."""

from audit.words import digest, in_words, member
from records.consultation.models import Way
from web.language import N_

in_words(
    actions={
        "certificate.given": N_("Certificate given"),
        "certificate.revoked": N_("Certificate revoked"),
        "consultation.approved": N_("Consultation approved"),
        "consultation.closed": N_("Consultation ended"),
        "consultation.effect_noted": N_("Effect of the use recorded"),
        "consultation.filed": N_("Consultation asked for"),
        "consultation.narrowed": N_("Scope of a consultation settled"),
        "consultation.opened": N_("Undertaking accepted"),
        "consultation.refused": N_("Consultation refused"),
        "consultation.revoked": N_("Approval of a consultation revoked"),
        "consultation.withdrawn": N_("Request for consultation withdrawn"),
        "content.given_back_at_counter": N_("Given back at the counter"),
        "content.read_at_counter": N_("Read at the counter"),
        "inquirer.confirmed": N_("Inquirer confirmed"),
        "inquirer.corrected": N_("Registration of an inquirer corrected"),
        "inquirer.ended": N_("Registration of an inquirer ended"),
        "inquirer.refused": N_("Registration of an inquirer refused"),
        "inquirer.registered": N_("Inquirer registered"),
        "redaction.marked": N_("Part of a page blacked out for outsiders"),
        "redaction.removed": N_("Black part taken away"),
    },
    kinds={
        "certificate": N_("Certificate"),
        "consultation": N_("Outside consultation"),
        "inquirer": N_("Inquirer"),
    },
    fields={
        "body_name": N_("Inspecting body"),
        "corrected": N_("Corrected"),
        "items": N_("Items"),
        "letter_sha256": N_("Digest of the letter"),
        "page": N_("Page"),
        "reader": N_("Read by"),
        "request": N_("Number of the request"),
        "until": N_("Until"),
        "way": N_("Where to read"),
    },
    readers={
        "letter_sha256": digest,
        "way": member(Way),
    },
)
