"""How long, how many, and written how: the limits of what a clinic can enter about its doctors."""

from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from doctors.holidays import known_calendars

SHORTEST_MINUTES = 5
LONGEST_VISIT_MINUTES = 12 * 60
LONGEST_BUFFER_MINUTES = 240
LONGEST_NOTICE_MINUTES = 60 * 24 * 60
LONGEST_HORIZON_DAYS = 730
SHORTEST = MinValueValidator(SHORTEST_MINUTES, _("Enter 5 minutes or more."))
LONGEST = MaxValueValidator(LONGEST_VISIT_MINUTES, _("Enter 720 minutes (12 hours) or fewer."))
HOURS_IN_ORDER = _(
    "The hours must end after they begin, and last a day at most. For hours across midnight, "
    "tick “ends next day”."
)
ONE_OR_MORE = MinValueValidator(1, _("Enter 1 or more, or leave this empty."))


def validate_time_zone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(_("Write a time zone as in the IANA list, such as Asia/Kolkata."))


def validate_holiday_calendar(value: str) -> None:
    if value not in known_calendars():
        raise ValidationError(
            _("Write a country or a region as in ISO 3166, such as IN, IN-TS or GB-SCT.")
        )
