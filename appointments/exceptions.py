"""What the booking rules refuse. The text of each may be shown to the person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from accounts.exceptions import Refusal

if TYPE_CHECKING:
    from appointments.models import Appointment


class BookingError(Refusal):
    """A rule of the appointment book said no; nothing was changed."""


class SlotUnavailable(BookingError):
    code = "slot-unavailable"
    message = _("This time is not free. Choose another time.")


class OutsideBookingWindow(BookingError):
    code = "outside-booking-window"


class TooManyOpen(BookingError):
    code = "too-many-open"


class AlreadyBooked(BookingError):
    """The patient has this very appointment already; `appointment` is it."""

    code = "already-booked"
    message = _("You already have this appointment.")

    def __init__(self, appointment: Appointment, message: str | None = None) -> None:
        super().__init__(message)
        self.appointment = appointment


class SimilarVisit(BookingError):
    """There is a visit in the same specialty at about this time: keep both, or replace it?

    `appointment` is the one nearest in time.
    """

    code = "similar-visit"
    message = _("There is an appointment in the same specialty already. Keep both, or replace it?")

    def __init__(self, appointment: Appointment, message: str | None = None) -> None:
        super().__init__(message)
        self.appointment = appointment


class CannotReplace(BookingError):
    code = "cannot-replace"
    message = _(
        "The appointment to be replaced is not there any more, or not in the same specialty. Look "
        "at your appointments."
    )


class PatientBusy(BookingError):
    code = "patient-busy"
    message = _("There is already an appointment at this time for the same person.")


class DoctorNotBookable(BookingError):
    code = "doctor-not-bookable"
    message = _("This doctor does not take bookings at the moment.")


class VisitTypeNotOffered(BookingError):
    code = "visit-type-not-offered"
    message = _("This doctor does not offer this kind of visit.")


class NotForThisPatient(BookingError):
    code = "not-for-this-patient"
    message = _("This kind of visit is not for this person.")


class NotYourPatient(BookingError):
    code = "not-your-patient"
    status = 403
    message = _("You cannot book for this person.")


class EmailNotConfirmedYet(BookingError):
    code = "email-not-confirmed"
    status = 403
    message = _("Confirm your email address before you book: open the link in the email we sent.")


class NotAllowed(BookingError):
    code = "not-allowed"
    status = 403
    message = _("Only the clinic can do this.")


class TooLateToCancel(BookingError):
    code = "too-late-to-cancel"
    message = _("It is too late to cancel this online. Call the clinic.")


class TooLateToReschedule(BookingError):
    code = "too-late-to-reschedule"
    message = _("It is too late to move this online. Call the clinic.")


class WrongStatus(BookingError):
    """The appointment is not in a status from which this can happen, or somebody was quicker."""

    code = "wrong-status"


class RequestExpired(BookingError):
    """Nobody answered in time; the patient is told so, and the time is free again."""

    code = "request-expired"
    message = _("This request was not answered in time, and has ended.")


class VisitsChanged(BookingError):
    """What an absence touches is not what was decided about: look at it again."""

    code = "visits-changed"


class AlternativeGone(SlotUnavailable):
    """The new time that was chosen for a visit has been taken meanwhile."""


class TooEarly(BookingError):
    code = "too-early"


class IdempotencyKeyReused(BookingError):
    code = "idempotency-key-reused"
    status = 422
    message = _("This key came with something else before. Send a new key with a new request.")


class AlreadyPast(BookingError):
    code = "already-past"
    message = _("This appointment is already over.")
