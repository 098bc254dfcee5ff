"""Which records may not be filed without a paper counterpart: article 15."""

from classification.articles import AUDIO_VISUAL_WITH_PAPER, PERMANENT_ELECTRONIC_ON_PAPER, Citation
from classification.categories import Carrier, RecordForm
from classification.periods import Period


def needs_paper(form: RecordForm, carrier: Carrier, period: Period) -> Citation | None:
    """The rule that demands a registered paper counterpart before filing, or None where none does.

    Audio-visual records always need one, on whatever carrier; electronic text, graphics and tables need one if they
    are of permanent value.
    """
    if form.is_audio_visual:
        return AUDIO_VISUAL_WITH_PAPER
    listed = form in (RecordForm.TEXT, RecordForm.GRAPHIC, RecordForm.TABLE)
    return PERMANENT_ELECTRONIC_ON_PAPER if listed and carrier.is_electronic and period.permanent else None
