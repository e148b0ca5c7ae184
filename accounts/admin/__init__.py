"""People at the front desk, and the mails to them; and what the admin pages of all apps share."""

from accounts.admin.csv_files import WithSheet
from accounts.admin.mails import MailAdmin
from accounts.admin.people import LoginAdmin, PatientAdmin
from accounts.admin.shared import PLAIN_INPUTS, MayAct, ViewOnly, do_each

__all__ = [
    "PLAIN_INPUTS",
    "LoginAdmin",
    "MailAdmin",
    "MayAct",
    "PatientAdmin",
    "ViewOnly",
    "WithSheet",
    "do_each",
]
