"""What the rules about doctors refuse."""

from django.utils.translation import gettext_lazy as _

from accounts.exceptions import Refusal


class NotReadyForPatients(Refusal):
    code = "not-ready"
    message = _("Give the doctor a specialty first; then approve them.")


class HoursChanged(Refusal):
    code = "hours-changed"
    message = _("Somebody else has changed these working hours meanwhile. Look at them again.")
