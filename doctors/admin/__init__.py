"""Doctors at the front desk: who they are, when they work and what they offer; places; time off."""

from doctors.admin.people import DoctorAdmin
from doctors.admin.places import LocationAdmin
from doctors.admin.schedule import TimeOffAdmin, list_time

__all__ = ["DoctorAdmin", "LocationAdmin", "TimeOffAdmin", "list_time"]
