"""Article 15: which records need paper beside them."""

import pytest

from classification.categories import Carrier, RecordForm
from classification.counterpart import needs_paper
from classification.periods import PERMANENT, Period


@pytest.mark.parametrize("form", [RecordForm.PHOTO, RecordForm.AUDIO, RecordForm.VIDEO])
@pytest.mark.parametrize("carrier", list(Carrier))
@pytest.mark.parametrize("period", [PERMANENT, Period(10)])
def test_audio_visual_records_always_need_paper(form: RecordForm, carrier: Carrier, period: Period) -> None:
    citation = needs_paper(form, carrier, period)
    assert citation is not None
    assert citation.article == "15"
    assert citation.quote_zh == "音像（照片、录音、录像）等特殊载体类档案应与纸质文件材料同时归档，档案保管期限相同。"


@pytest.mark.parametrize("form", [RecordForm.TEXT, RecordForm.GRAPHIC, RecordForm.TABLE])
@pytest.mark.parametrize("carrier", [Carrier.ELECTRONIC, Carrier.DISC, Carrier.TAPE])
def test_electronic_text_graphics_and_tables_need_paper_if_permanent(form: RecordForm, carrier: Carrier) -> None:
    citation = needs_paper(form, carrier, PERMANENT)
    assert citation is not None
    assert citation.quote_zh == "具有永久保存价值的电子文本、图形、数据表格归档时，应同时生成纸质文件材料一并归档保存。"
    assert needs_paper(form, carrier, Period(30)) is None


@pytest.mark.parametrize("form", [RecordForm.TEXT, RecordForm.GRAPHIC, RecordForm.TABLE])
@pytest.mark.parametrize("carrier", [Carrier.PAPER, Carrier.FILM])
def test_what_is_not_electronic_needs_no_second_carrier(form: RecordForm, carrier: Carrier) -> None:
    assert needs_paper(form, carrier, PERMANENT) is None


def test_electronic_data_that_is_no_text_graphic_or_table_needs_none() -> None:
    assert needs_paper(RecordForm.DATA, Carrier.ELECTRONIC, PERMANENT) is None
