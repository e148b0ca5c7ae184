"""The state of an appointment in words, in templates: {{ appointment|state:user }}."""

from django import template
from django.utils import timezone

from accounts.models import User
from appointments.models import Appointment
from appointments.panels import is_to_be_moved, state_of

register = template.Library()


@register.filter
def state(appointment: Appointment, reader: User) -> str:
    return state_of(appointment, reader, timezone.now())


@register.filter
def to_be_moved(appointment: Appointment) -> bool:
    """Whether the patient is asked to choose another time, and still can."""
    return is_to_be_moved(appointment, timezone.now())
