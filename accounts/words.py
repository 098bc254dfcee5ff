"""What the chains say of accounts, in words."""

from accounts.roles import Role
from audit.words import digest, in_words, member
from web.language import N_

in_words(
    actions={
        "account.closed": N_("Account closed"),
        "account.opened": N_("Account opened"),
        "content.exported": N_("Exported"),
        "content.printed": N_("Printed"),
        "content.refused": N_("Refused to look"),
        "content.searched": N_("Searched"),
        "content.unmasked": N_("ID number shown in full"),
        "content.viewed": N_("Viewed"),
        "password.set": N_("Password changed"),
        "role.ended": N_("Role ended"),
        "role.granted": N_("Role granted"),
        "session.revoked": N_("Session ended"),
        "session.started": N_("Signed in"),
        "sign_in.refused": N_("Sign-in refused"),
    },
    actors={"operator": N_("the operator at the server"), "worker": N_("the system itself")},
    kinds={
        "session": N_("Session"),
        "user_account": N_("Account"),
        "user_session": N_("Session"),
    },
    fields={
        "address": N_("Address"),
        "display_name": N_("Name"),
        "hits": N_("Hits"),
        "name": N_("Name"),
        "pages": N_("Pages"),
        "role": N_("Role"),
        "rows": N_("Rows"),
        "sha256": N_("SHA-256"),
    },
    readers={
        "role": member(Role),
        "sha256": digest,
    },
)
