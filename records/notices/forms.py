"""The form of the wish for a daily mail."""

from web.forms import AtMost, ChoiceField, Form, Required, TextField
from web.language import lazy_gettext


class WishForm(Form):
    """Where the digest goes, and in which language."""

    address = TextField(lazy_gettext("Mail address"), [Required(), AtMost(200)], render_kw={"autocomplete": "email"})
    language = ChoiceField(lazy_gettext("Language of the mail"), [Required()])
