"""The sheets about doctors: who they are, when they work, time off. See accounts.sheets."""

from doctors.sheets.doctors import DoctorsSheet
from doctors.sheets.hours import HoursSheet
from doctors.sheets.time_off import TimeOffSheet

__all__ = ["DoctorsSheet", "HoursSheet", "TimeOffSheet"]
