"""The appointment book at the front desk, and what changes of hours do to it."""

from appointments.admin import book as book
from appointments.admin import patients as patients
from appointments.admin import reminders as reminders
from appointments.admin import schedule as schedule
from appointments.waiting import admin as waiting  # noqa: F401 - registers its models
