"""What the rules about doctors refuse."""

from django.utils.translation import gettext_lazy as _

from accounts.exceptions import Refusal


class NotReadyForPatients(Refusal):
    code = "not-ready"
    message = _("Give the doctor a specialty first; then approve them.")


class HoursChanged(Refusal):
    code = "hours-changed"
    message = _("Somebody else has changed these working hours meanwhile. Look at them again.")


class StepNotPossible(Refusal):
    """The doctor does not stand where this step begins; the text says so."""

    code = "step-not-possible"


class NotYoursToDecide(Refusal):
    code = "not-yours"
    status = 403
    message = _("Only staff who may change doctors decide about them.")


class NotAboutOneself(Refusal):
    code = "not-about-oneself"
    status = 403
    message = _("You cannot decide about yourself. Ask a colleague to do it.")


class AlreadyDoctor(Refusal):
    code = "already-doctor"
    message = _("You have applied already. Open your application to change it.")


class NotApprovedYet(Refusal):
    """A page of the practice, asked for by a doctor whom the clinic has not approved."""

    code = "not-approved"
    status = 403
    message = _("This page opens once the clinic has approved you.")


class PhotoRefused(Refusal):
    """A file that is not a photo we can show; the text says what to choose instead."""

    code = "photo-refused"
    status = 400
