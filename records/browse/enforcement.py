"""What this system does today so that an article is kept; an article without a line is kept by people alone.

Every article that a refusal cites stands here: a test holds the two together.
"""

from collections.abc import Mapping

from web.language import N_

ENFORCED: Mapping[int, tuple[str, ...]] = {
    2: (
        N_("Every file belongs to a unit of the one union tree; without a unit none is opened."),
        N_("Lists, counts and search show only what lies within one's units."),
    ),
    3: (N_("The subsistence line and the factors are dated settings of the district, each with its source."),),
    5: (N_("Every item has a record form and a carrier, and may be kept on paper and electronically at once."),),
    6: (
        N_("Every item belongs to one of the three parts; a kind of document of another part is refused."),
        N_("The page of a file lists the required material it still lacks, with what the district adds."),
    ),
    7: (N_("A superior unit reads the files of the units below, but changing them is refused."),),
    11: (
        N_("Opening a second active file for a person is refused, also when two desks do it at the same instant."),
        N_("Counts of households count files, one for each household."),
    ),
    13: (
        N_("A change of a description keeps what stood there before."),
        N_("A household file can be withdrawn on any day; it then takes no new material."),
    ),
    15: (
        N_("The last day kept is computed from the schedules; for households ten years from withdrawal."),
        N_("Audio-visual items take the period of the paper they are filed with."),
        N_("Filing audio-visual items, or electronic ones of permanent value, without a paper copy is refused."),
        N_("Retention classes of another part, and records of another period in an accounting file, are refused."),
    ),
    16: (
        N_("Every file and every box has one keeper at any time; earlier keepers stay on record."),
        N_("The account of a keeper cannot be closed while custody is unsigned."),
    ),
    17: (
        N_("Whoever views, prints or exports content, or asks for a sealed number, is noted in the use register."),
        N_("Outside inquirers see nothing of the archives."),
        N_("Withdrawn household files are seen by keepers, unit leaders, supervisors and aid centre officers alone."),
    ),
    18: (N_("Every list can be searched, exported and printed within one's units; ID numbers are sealed and masked."),),
    19: (
        N_("The audit trail is a chain of digests without gaps; altering or removing an entry is found out."),
        N_("Stored originals are never changed, and are checked against their digests."),
    ),
    20: (
        N_("Each unit has dated rules of its own with their source; one that is looser than above is refused."),
        N_("What a rule would change is shown before it is put in force; earlier values stay readable."),
        N_("ID and telephone numbers are shown by the masks of the keeping unit."),
    ),
}
