"""What this system does today so that an article is kept; an article without a line is kept by people alone.

Every article that a refusal cites stands here: a test holds the two together.
"""

from collections.abc import Mapping

from web.language import N_

ENFORCED: Mapping[int, tuple[str, ...]] = {
    1: (N_("What is stated of a household names its document and date; an income without one is not submitted."),),
    2: (
        N_("Every file belongs to a unit of the one union tree; without a unit none is opened."),
        N_("Lists, counts and search show only what lies within one's units."),
    ),
    3: (
        N_("On submission the household is assessed; figures, rules and outcome are kept with the decision."),
        N_("What figures do not settle, such as an income exactly on the line, the unit leader decides in writing."),
        N_("The subsistence line and the factors are dated settings of the district, each with its source."),
    ),
    4: (
        N_("What comes up later of an active household opens a review that its keeper decides."),
        N_("Without an answer to all four questions nothing is submitted."),
        N_("A yes to one of them refuses the file and stands in the refusal register."),
    ),
    5: (N_("Every item has a record form and a carrier, and may be kept on paper and electronically at once."),),
    6: (
        N_("Every item belongs to one of the three parts; a kind of document of another part is refused."),
        N_("One accounting record covers many households; whoever may not see a household sees it counted, not named."),
        N_("Without the required documents, those the district added among them, no file is lodged."),
        N_("Information form and electronic record are compared field by field; a mismatch blocks the file."),
        N_("The page of a file lists the required material it still lacks, with what the district adds."),
    ),
    7: (
        N_("A superior unit reads the files of the units below, but changing them is refused."),
        N_("Inspections and findings are records with article, deadline, reply, evidence and decision."),
        N_("A supervisor writes into the register of inspections alone; who keeps the files does not inspect them."),
    ),
    8: (
        N_("The responsible union follows from the employment; another one states why, and the reason is kept."),
        N_("The employer is named with every employed worker, since the employer's union keeps the file."),
    ),
    9: (N_("A re-employed worker's file passes with the new unit's own determination, and stays until then."),),
    10: (
        N_("A worker who retires while the file is active is reviewed, not withdrawn silently."),
        N_("Retirees under socialised management are refused, unless the unit leader admits one by a written reason."),
    ),
    11: (
        N_("Opening a second active file for a person is refused, also when two desks do it at the same instant."),
        N_("Counts of households count files, one for each household."),
        N_("An application for a person of an active file, or of another application, is refused and told who has it."),
        N_("Households part and join in one step: nobody is in two files; a joined file's code finds the other."),
    ),
    12: (
        N_("Notice, verification, review and lodgement follow one another; none is skipped, the file is opened last."),
        N_("Maker, verifier, reviewer and centre officer are different people, the reviewer from a higher unit."),
        N_("A notice hangs for its whole time, with its photograph; open objections stop it and every later step."),
        N_("A return names its reason and its step; every earlier step stays on record."),
        N_("The copy lodged at the centre is linked to its file, with place, day and digest."),
    ),
    13: (
        N_("A change of a description keeps what stood there before."),
        N_("A household file can be withdrawn on any day; it then takes no new material."),
        N_("A household that needs help again returns to its own file; the earlier clock stays on record."),
        N_("What changes on one carrier opens a duty for the other, due within 30 working days; late ones go upward."),
        N_("A yearly clean-up closes only when every file has a result and a second person checked the sample."),
        N_("A unit and year without a closed clean-up is shown as a breach; one closed afterwards stays late."),
    ),
    14: (
        N_("A unit is not closed while it keeps a file, a box, an open loan, a handover or a unit below it."),
        N_("Every file of a unit that ends is offered to another, which accepts or refuses; codes never change."),
        N_("Custody on behalf names the owner of record, the keeping unit, the reason and the days."),
    ),
    15: (
        N_("The last day kept is computed from the schedules; for households ten years from withdrawal."),
        N_("Audio-visual items take the period of the paper they are filed with."),
        N_("Filing audio-visual items, or electronic ones of permanent value, without a paper copy is refused."),
        N_("Retention classes of another part, and records of another period in an accounting file, are refused."),
        N_("What is due for appraisal is listed from the day after its last day; a hold keeps it out of every batch."),
        N_(
            "Nothing is destroyed but what is due, appraised, approved by others, waited for and watched by "
            "two who took no part; accounting records need the signatures of order 79."
        ),
        N_("Paper, bytes and texts go together; a stub and the destruction list stay for ever."),
    ),
    16: (
        N_("Every file and every box has one keeper at any time; earlier keepers stay on record."),
        N_("The account of a keeper cannot be closed while custody is unsigned."),
        N_("Units where nobody or several answer for the files are shown to the units above."),
    ),
    17: (
        N_("Whoever views, prints or exports content, or asks for a sealed number, is noted in the use register."),
        N_("Outside inquirers see nothing of the archives."),
        N_("Withdrawn household files are seen by keepers, unit leaders, supervisors and aid centre officers alone."),
    ),
    18: (
        N_("Every list can be searched, exported and printed within one's units; ID numbers are sealed and masked."),
        N_("Sheets are imported whole or not at all, by the rules of the forms; every column of them is documented."),
    ),
    19: (
        N_("The audit trail is a chain of digests without gaps; altering or removing an entry is found out."),
        N_("Stored originals are never changed, and are checked against their digests."),
        N_("Incidents are registered with the records concerned and their audit trail; none is deleted."),
        N_("Missing paper is not lent until it is noted as found; who reports a case does not close it."),
    ),
    20: (
        N_("Each unit has dated rules of its own with their source; one that is looser than above is refused."),
        N_("What a rule would change is shown before it is put in force; earlier values stay readable."),
        N_("ID and telephone numbers are shown by the masks of the keeping unit."),
    ),
    21: (N_("Files opened before the regulation are marked for a second look in the clean-up."),),
}
