"""Article 5: records in any form and on any carrier."""

import pytest
from sqlalchemy.orm import Session

from classification.categories import Carrier, RecordForm
from records.browse.files import carriers_of
from records.files.models import Item
from storage.database import Base
from tests.cast import Cast, make_file, make_item
from tests.records.browse.conftest import make_object
from tests.records.lending.shelf import make_copy


@pytest.mark.parametrize("carrier", list(Carrier))
@pytest.mark.parametrize("form", list(RecordForm))
def test_a_an_item_has_a_record_form_and_a_carrier(
    session: Session, cast: Cast, form: RecordForm, carrier: Carrier
) -> None:
    item = make_item(session, make_file(session, cast), cast.keeper.actor, form=form, carrier=carrier)
    assert (item.form, item.carrier) == (form, carrier)
    columns = Base.metadata.tables[Item.__tablename__].columns
    assert not columns["form"].nullable
    assert not columns["carrier"].nullable


def test_b_an_item_has_several_representations_paper_and_digital_side_by_side(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    scan = make_object(session, copy.item, "扫描件.pdf", cast.keeper)
    born_digital = make_object(session, copy.item, "原件.docx", cast.keeper, media_type="application/msword")
    own = carriers_of(session, [copy.item])[copy.item.id]
    assert (list(own.copies), list(own.objects)) == ([copy], [scan, born_digital])
