"""What can happen to who acts for whom. The only writer of it, but for signing up.

Each does all of it or raises a Refusal and changes nothing. `by` is the login that acts, `now` the
instant at which it acts. All that is about one patient waits for the lock of the patient's row.
"""

from accounts.family.services.childhoods import end_childhoods
from accounts.family.services.invitations import accept, decline, invite, resend, withdraw
from accounts.family.services.people import add_person, change_person, end_access, give_access

__all__ = [
    "accept",
    "add_person",
    "change_person",
    "decline",
    "end_access",
    "end_childhoods",
    "give_access",
    "invite",
    "resend",
    "withdraw",
]
