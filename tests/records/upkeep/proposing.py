"""A class that is proposed, with the proof it rests on."""

from dataclasses import replace

from sqlalchemy.orm import Session

from classification.eligibility import Exclusion
from classification.hardship import HardshipClass
from records.files.models import File, Item
from records.upkeep.determining import Found, propose
from records.upkeep.models import Determination
from tests.cast import MONDAY, Cast, make_item
from tests.regulation.in_step import scanned

BELOW = Found(8, relieved=False, still_hard=True, exclusions=dict.fromkeys(Exclusion, False))
OWNER = replace(BELOW, exclusions={each: each is Exclusion.HOMES for each in Exclusion})  # of two homes


def determine(
    session: Session, cast: Cast, file: File, found: Found = BELOW, *, judged: HardshipClass | None = None
) -> Determination:
    """What the keeper proposes of a file of the district."""
    proof = make_proof(session, cast, file)
    because = "按现时收入重新认定"
    return propose(session, file, found, proof.id, because, judged=judged, actor=cast.keeper.actor, on=MONDAY)


def make_proof(session: Session, cast: Cast, file: File, title: str = "收入证明", **said: object) -> Item:
    """A document that is at hand in a file, an income proof unless said otherwise."""
    item = make_item(session, file, cast.keeper.actor, title, **{"document_type": "income_proof", **said})
    scanned(session, item)
    return item
