"""Forms of the pages across stages."""

from records.households.forms import ResidentNumber
from web.forms import AtMost, Form, Required, TextField
from web.language import lazy_gettext


class NumberForm(Form):
    """A whole resident number to look for."""

    number = TextField(
        lazy_gettext("Whole ID number"),
        [Required(), AtMost(40), ResidentNumber()],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
