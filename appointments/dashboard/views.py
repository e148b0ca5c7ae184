"""What the first page of the admin shows above the list of what can be looked after."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from appointments.dashboard.charts import Chart, Value, bar_chart
from appointments.dashboard.figures import DoctorUse, Figures, Statuses, Use
from appointments.dashboard.forms import PRESETS, PeriodForm
from appointments.dashboard.selectors import figures_of, main_zone, names_of, zones_in_use
from appointments.models import Appointment
from doctors import wall_clock
from doctors.models import Doctor, WorkingHours

AT_EACH_END = 10  # so many of the busiest doctors, and of those with most room
A_PAGE = 100  # of all of them
INDEX = "admin:index"
NOBODY = gettext_lazy("No doctor has working hours in these days.")


def dashboard(request: HttpRequest) -> dict[str, Any]:
    """What the page's template needs; empty for who may not see appointments.

    `status` is what the page answers with: 400 for days that are none.
    """
    if not request.user.has_perm("appointments.view_appointment"):
        return {}
    form = PeriodForm(request.GET)
    if not form.is_valid():
        return {"period_form": form, "presets": presets(""), "status": 400}
    now = timezone.now()
    zones = zones_in_use()
    zone = main_zone(zones)
    figures = figures_of(form.days(now.astimezone(zone).date()), zones=zones, now=now)
    page = doctors_page(figures, request.GET.get("page"))
    shown = page.object_list if page else at_the_ends(figures)
    names = names_of(one.doctor for one in shown)
    return {
        "period_form": form,
        "presets": presets(form.chosen),
        "figures": figures,
        "days": days_said(figures),
        "as_of": wall_clock.clock(now, zone),
        "zone": zone.key if len({one.key for one in zones.values()}) > 1 else "",
        "tiles": tiles(figures, request, now),
        "charts": charts(figures, names, everyone=bool(page)),
        "doctors": doctors_chart(list(page.object_list), names) if page else None,
        "page": page,
        "query": query_of(form),
        "status": 200,
    }


def presets(chosen: str) -> list[tuple[str, Any, bool]]:
    """Address, label, and whether it is the one that is shown."""
    return [
        (f"{reverse(INDEX)}?period={key}", label, key == chosen) for key, label in PRESETS.items()
    ]


def query_of(form: PeriodForm) -> str:
    """The chosen days, for the addresses of the pages of doctors."""
    if form.chosen:
        return urlencode({"period": form.chosen})
    return urlencode({name: form.cleaned_data[name] for name in ("first", "last")})


def days_said(figures: Figures) -> str:
    first, last = figures.period
    if first == last:
        return wall_clock.day(first)
    return _("%(first)s to %(last)s") % {
        "first": wall_clock.day(first),
        "last": wall_clock.day(last),
    }


def doctors_page(figures: Figures, number: str | None) -> Page[DoctorUse] | None:
    """A page of all doctors, if one was asked for."""
    return Paginator(figures.doctors, A_PAGE).get_page(number) if number else None


def at_the_ends(figures: Figures) -> list[DoctorUse]:
    if len(figures.doctors) <= 2 * AT_EACH_END:
        return figures.doctors
    return figures.doctors[:AT_EACH_END] + figures.doctors[-AT_EACH_END:]


# The figures that stand alone


def tiles(figures: Figures, request: HttpRequest, now: datetime) -> list[dict[str, str]]:
    """Label, value, a note below it, and where its rows are."""
    new, lead = figures.new_patients, figures.lead_median
    return [
        {
            "label": _("Visits of today, with those cancelled"),
            "value": count(figures.now.total),
            "url": list_of(Appointment, day="today"),
            "note": _("on the calendar of each place"),
        },
        {
            "label": _("Requests waiting for an answer"),
            "value": count(figures.waiting),
            "url": list_of(
                Appointment, status__exact="pending", start__gte=wall_clock.written(now)
            ),
            "note": _("for times to come"),
        },
        {
            "label": _("Doctors waiting for approval"),
            "value": count(figures.doctors_waiting),
            "url": list_of(Doctor, status__exact="pending")
            if request.user.has_perm("doctors.view_doctor")
            else "",
            "note": "",
        },
        {
            "label": _("Did not come"),
            "value": percent(figures.statuses.no_show_rate),
            "note": rate_before(figures.before.no_show_rate),
        },
        {
            "label": _("Cancelled"),
            "value": percent(figures.statuses.cancellation_rate),
            "note": rate_before(figures.before.cancellation_rate),
        },
        {
            "label": _("Working time that is booked"),
            "value": percent(figures.use.rate),
            "note": hours_of(figures.use),
        },
        {
            "label": _("New patients"),
            "value": count(new),
            "note": before(count(figures.new_patients_before)),
        },
        {
            "label": _("From booking to visit, median"),
            "value": _("None yet")
            if lead is None
            else ngettext("%(days)s day", "%(days)s days", lead) % {"days": lead},
            "note": "",
        },
    ]


def list_of(model: Any, **filters: str) -> str:
    name = f"{model._meta.app_label}_{model._meta.model_name}"
    return f"{reverse(f'admin:{name}_changelist')}?{urlencode(filters)}"


def before(said: str) -> str:
    return _("%(figure)s in the same time before") % {"figure": said}


def rate_before(rate: float | None) -> str:
    return "" if rate is None else before(percent(rate))


def hours_of(use: Use) -> str:
    return _("%(booked)s of %(worked)s hours") % {
        "booked": count(round(use.booked / 3600)),
        "worked": count(round(use.worked / 3600)),
    }


def count(number: int) -> str:
    return number_format(number, use_l10n=True, force_grouping=True)


def percent(rate: float | None, otherwise: str = "") -> str:
    if rate is None:
        return otherwise or _("None yet")
    # Translators: a share, such as 12.5%.
    return _("%(number)s%%") % {"number": number_format(rate * 100, 1)}


# The charts


def charts(figures: Figures, names: dict[int, str], *, everyone: bool) -> list[dict[str, Any]]:
    """Each with what is said instead where there is nothing to show."""
    no_visits, use = _("No visits in these days."), figures.use
    idle = _("Nothing is booked in these days.") if use.worked else NOBODY
    shown = [
        section(today_chart(figures.now), figures.now.total, _("No visits today.")),
        section(status_chart(figures.statuses), figures.statuses.total, no_visits),
        section(lead_chart(figures), figures.lead_days.total(), no_visits),
        section(weekday_chart(figures), use.worked and use.booked, idle),
    ]
    if everyone or not (use.worked and use.booked):
        return shown
    ends = at_the_ends(figures)
    if len(ends) == len(figures.doctors):
        return [*shown, section(doctors_chart(ends, names))]
    busy, free = ends[:AT_EACH_END], ends[AT_EACH_END:][::-1]
    return [
        *shown,
        section(doctors_chart(busy, names, "busiest", _("The busiest doctors"))),
        section(doctors_chart(free, names, "free", _("The doctors with most room"))),
    ]


def section(chart: Chart, number: int = 1, otherwise: Any = "") -> dict[str, Any]:
    return {"chart": chart, "empty": "" if number else otherwise}


def today_chart(statuses: Statuses) -> Chart:
    return _by_status("today", _("Visits today, by status"), statuses)


def status_chart(statuses: Statuses) -> Chart:
    return _by_status("statuses", _("Visits in these days, by status"), statuses)


def _by_status(key: str, title: str, statuses: Statuses) -> Chart:
    columns = (pgettext("of a visit", "Status"), _("Visits"))
    return bar_chart(
        key,
        title,
        columns,
        (
            Value(str(label), number, count(number))
            for status, label in Appointment.Status.choices
            for number in [statuses.counts[status]]
        ),
    )


def weekday_chart(figures: Figures) -> Chart:
    names = [str(label) for label in WorkingHours.Weekday.labels]
    return _of_use(
        "weekdays",
        _("Working time that is booked, by weekday"),
        _("Day"),
        list(zip(names, figures.weekdays, strict=True)),
    )


def doctors_chart(
    doctors: Sequence[DoctorUse], names: dict[int, str], key: str = "doctors", title: str = ""
) -> Chart:
    return _of_use(
        key,
        title or _("Working time that is booked, by doctor"),
        _("Doctor"),
        [(names.get(one.doctor, ""), one.use) for one in doctors],
    )


def _of_use(key: str, title: str, what: str, uses: list[tuple[str, Use]]) -> Chart:
    columns = (what, _("Booked"), _("Hours booked"), _("Hours worked"))
    return bar_chart(
        key,
        title,
        columns,
        (
            Value(
                label,
                use.rate,
                percent(use.rate, _("No hours")),
                (number_format(use.booked / 3600, 1), number_format(use.worked / 3600, 1)),
            )
            for label, use in uses
        ),
        full=1.0,
    )


def lead_chart(figures: Figures) -> Chart:
    labels = (
        _("The same day"),
        _("1 to 2 days"),
        _("3 to 7 days"),
        _("8 to 30 days"),
        _("More than 30 days"),
    )
    total = figures.lead_days.total()
    return bar_chart(
        "lead",
        _("From booking to visit"),
        (_("Booked ahead"), _("Visits"), _("Share")),
        (
            Value(label, number, count(number), (percent(number / total if total else None),))
            for label, number in zip(labels, figures.lead_bands, strict=True)
        ),
    )
