"""Who can be booked and when they work. Nothing here knows of patients or visits."""

from doctors.models.people import Doctor, DoctorEvent, Language, Location, Specialty
from doctors.models.schedule import ExtraHours, TimeOff, VisitType, WorkingHours

# The models of the slices, so that Django finds them.
from doctors.catalogue.models import Catalogue  # isort: skip
from doctors.photos.models import DoctorPhoto  # isort: skip

__all__ = [
    "Catalogue",
    "Doctor",
    "DoctorEvent",
    "DoctorPhoto",
    "ExtraHours",
    "Language",
    "Location",
    "Specialty",
    "TimeOff",
    "VisitType",
    "WorkingHours",
]
