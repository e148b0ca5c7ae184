"""What the rules about doctors refuse."""

from django.utils.translation import gettext_lazy as _

from accounts.exceptions import Refusal


class NotReadyForPatients(Refusal):
    code = "not-ready"
    message = _("Give the doctor a specialty first; then approve them.")
