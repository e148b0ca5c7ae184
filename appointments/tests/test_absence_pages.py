"""The pages of time off: a doctor's own, and those of staff in the admin."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from accounts.models import User
from appointments import services
from appointments.absence import selectors
from appointments.absence.plan import Absence, Span, seal
from appointments.absence.views import assistant
from appointments.models import Appointment
from docspot.tests import cast
from docspot.tests.cast import NOW, at, make_appointment, make_doctor, make_person
from docspot.tests.desk import add_url, delete_url, list_url
from docspot.tests.fixtures import browser_of
from doctors.models import Doctor, Location, TimeOff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

LIST = reverse("practice:time_off")
ADD = reverse("practice:time_off_add")
DECIDE = reverse("practice:time_off_decide")
TUESDAY = {"first_day": "2026-03-03", "reason": "Conference"}


@pytest.fixture
def smith(doctor: Doctor) -> Client:
    return browser_of(doctor.user)


@pytest.fixture
def desk(staff: User) -> Client:
    return browser_of(staff)


@pytest.fixture
def visits(doctor: Doctor) -> list[Appointment]:
    return [
        make_appointment(doctor, make_person(name, f"{name.lower()}@example.com"), at(3, hour))
        for name, hour in (("Anna", 9), ("Boris", 10), ("Chen", 11))
    ]


def page_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def fields_of(response: Any) -> dict[str, str]:
    """What the form with the visits would send as it stands."""
    page = page_of(response)
    chosen = re.findall(
        r'<input type="radio" [^>]*name="(visit-[^"]+)" value="([^"]+)"[^>]* checked>', page
    )
    sealed = re.findall(r'name="absence" value="([^"]+)"', page)
    return dict(chosen) | ({"absence": sealed[0]} if sealed else {})


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def untouched(visits: list[Appointment]) -> bool:
    return (
        not TimeOff.objects.exists()
        and [list(visit.events.values_list("kind", flat=True)) for visit in visits]
        == [["confirmed"]] * len(visits)
        and not mail.outbox
    )


# A doctor's own


def test_time_off_without_visits_is_saved_at_once(smith: Client, doctor: Doctor) -> None:
    response = smith.post(ADD, TUESDAY, follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    assert said(response) == ["The time off is entered."]
    off = TimeOff.objects.get()
    assert (off.doctor, off.start, off.end, off.reason) == (
        doctor,
        at(3, 0),
        at(4, 0),
        "Conference",
    )


@pytest.mark.parametrize(
    ("fields", "start", "end"),
    [
        ({"last_day": "2026-03-05"}, at(3, 0), at(6, 0)),
        ({"starts": "14:00", "ends": "17:30"}, at(3, 14), at(3, 17, 30)),
        ({"last_day": "5/3/2026", "starts": "14:00"}, at(3, 14), at(6, 0)),
        ({"last_day": "2026-03-05", "ends": "12:00"}, at(3, 0), at(5, 12)),
    ],
)
def test_days_and_times_are_those_of_the_place(
    smith: Client, fields: dict[str, str], start: Any, end: Any
) -> None:
    assert smith.post(ADD, TUESDAY | fields).status_code == 302
    off = TimeOff.objects.get()
    assert (off.start, off.end) == (start, end)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"first_day": ""}, "Enter the first day"),
        ({"first_day": "soon"}, "Enter a date, like 27 3 2027"),
        ({"first_day": "0001-01-01"}, "Enter a year from 2000 to 2199."),
        ({"last_day": "9999-12-31"}, "Enter a year from 2000 to 2199."),
        ({"last_day": "2026-03-02"}, "The last day must not be before the first."),
        ({"starts": "14:00", "ends": "13:00"}, "The time off must end after it begins."),
        ({"starts": "noon"}, "Enter a time, like 14:30"),
        ({"reason": "x" * 201}, "Use 200 characters or fewer"),
        (
            {"first_day": "2026-03-01"},
            "This time off would be over already. Enter an end that is still to come.",
        ),
    ],
)
def test_what_cannot_be_is_refused(smith: Client, fields: dict[str, str], error: str) -> None:
    response = smith.post(ADD, TUESDAY | fields)
    assert response.status_code == 400
    assert [text for texts in response.context["form"].errors.values() for text in texts] == [error]
    assert not TimeOff.objects.exists()


def test_visits_are_shown_first_and_nothing_is_written(
    smith: Client, visits: list[Appointment]
) -> None:
    response = smith.post(ADD, TUESDAY)
    page = page_of(response)
    assert response.status_code == 200
    for visit in visits:
        assert visit.patient.name in page
    assert "Nothing is saved yet." in page
    assert "Move to Wednesday 4 March 2026, 9:00am" in page
    assert [fields_of(response)[f"visit-{visit.pk}"] for visit in visits] == ["ask"] * 3
    assert untouched(visits)


def test_way_back_keeps_the_days_and_not_the_reason(
    smith: Client, visits: list[Appointment]
) -> None:
    back = smith.post(ADD, TUESDAY).context["back_url"]
    assert back == f"{ADD}?first_day=2026-03-03"
    assert 'value="2026-03-03"' in page_of(smith.get(back))
    assert untouched(visits)


def test_all_is_done_and_reported(
    smith: Client,
    doctor: Doctor,
    visits: list[Appointment],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    data = fields_of(smith.post(ADD, TUESDAY))
    data[f"visit-{visits[0].pk}"] = f"move:{doctor.pk}:2026-03-04T03:30:00Z"
    data[f"visit-{visits[2].pk}"] = "cancel"
    with django_capture_on_commit_callbacks(execute=True):
        response = smith.post(DECIDE, data | {"note": "Come next week"}, follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    assert said(response)[0].split("<br>") == [
        "The time off is entered.",
        "Anna: moved to Wednesday 4 March 2026, 9:00am, Dr. Smith",
        "Boris, Tuesday 3 March 2026, 10:00am: asked to choose another time",
        "Chen, Tuesday 3 March 2026, 11:00am: cancelled",
    ]
    assert len(mail.outbox) == 3
    assert visits[2].events.last().note == "Come next week"
    again = smith.post(DECIDE, data)  # a double click
    assert again.status_code == 409
    assert visits[1].events.filter(kind="offered").count() == 1
    assert TimeOff.objects.count() == 1


def test_report_says_who_is_to_be_telephoned(smith: Client, visits: list[Appointment]) -> None:
    patient = visits[0].patient
    patient.accesses.all().delete()
    patient.phone = "+914023456789"
    patient.save()
    first = smith.post(ADD, TUESDAY)
    assert "No email address: telephone +91 40 2345 6789." in page_of(first)
    response = smith.post(DECIDE, fields_of(first), follow=True)
    assert "There is no email address: telephone (+914023456789)" in said(response)[0]


@pytest.mark.parametrize(
    ("all_of_them", "values"),
    [("ask", ["ask"] * 3), ("cancel", ["cancel"] * 3), ("no such way", ["ask"] * 3)],
)
def test_all_can_be_set_at_once_and_that_writes_nothing(
    smith: Client, visits: list[Appointment], all_of_them: str, values: list[str]
) -> None:
    data = fields_of(smith.post(ADD, TUESDAY)) | {"set_all": all_of_them}
    found = fields_of(smith.post(DECIDE, data))
    assert [found[f"visit-{visit.pk}"] for visit in visits] == values
    assert untouched(visits)


def test_all_can_be_set_to_their_first_times_and_moved(
    smith: Client, doctor: Doctor, visits: list[Appointment]
) -> None:
    data = fields_of(smith.post(ADD, TUESDAY)) | {"set_all": "first"}
    found = fields_of(smith.post(DECIDE, data))
    assert smith.post(DECIDE, found).status_code == 302
    starts = Appointment.objects.order_by("start").values_list("start", flat=True)
    assert list(starts) == [at(4, 9), at(4, 9, 30), at(4, 10)]


def test_time_that_was_taken_meanwhile_is_said_and_the_rest_is_kept(
    smith: Client, doctor: Doctor, visits: list[Appointment]
) -> None:
    data = fields_of(smith.post(ADD, TUESDAY))
    data[f"visit-{visits[0].pk}"] = f"move:{doctor.pk}:2026-03-04T03:30:00Z"
    data[f"visit-{visits[1].pk}"] = f"move:{doctor.pk}:2026-03-04T04:30:00Z"
    data[f"visit-{visits[2].pk}"] = "cancel"
    make_appointment(doctor, make_person("Rival"), at(4, 9))
    response = smith.post(DECIDE, data | {"note": "Come next week"})
    assert response.status_code == 409
    assert response.context["problems"] == [
        "The time that was chosen for Anna, Tuesday 3 March 2026, 9:00am is not free any more. "
        "Choose again."
    ]
    found, page = fields_of(response), page_of(response)
    assert [found[f"visit-{visit.pk}"] for visit in visits] == [
        "ask",
        f"move:{doctor.pk}:2026-03-04T04:30:00Z",
        "cancel",
    ]
    assert "Come next week" in page
    assert "Move to Wednesday 4 March 2026, 9:00am" not in page
    assert untouched(visits)


def test_visit_that_was_booked_meanwhile_is_shown_too(
    smith: Client, doctor: Doctor, visits: list[Appointment]
) -> None:
    data = fields_of(smith.post(ADD, TUESDAY))
    late = make_appointment(doctor, make_person("Late"), at(3, 12))
    response = smith.post(DECIDE, data)
    assert response.status_code == 409
    assert response.context["problems"][0].startswith("Late, Tuesday 3 March 2026, midday has been")
    assert f"visit-{late.pk}" in fields_of(response)
    assert smith.post(DECIDE, fields_of(response)).status_code == 302


def test_visits_that_are_all_gone_meanwhile_leave_a_button_to_save(
    smith: Client, visits: list[Appointment]
) -> None:
    data = fields_of(smith.post(ADD, TUESDAY))
    for visit in visits:
        services.cancel(appointment=visit, by=visit.booked_by, now=NOW)
    response = smith.post(DECIDE, data)
    assert response.status_code == 409
    assert "No visit is left in this time." in page_of(response)
    assert smith.post(DECIDE, fields_of(response)).status_code == 302


@pytest.mark.parametrize("value", ["", "stay", "move:1:soon", "leave"])
def test_what_was_not_on_the_page_is_refused(
    smith: Client, visits: list[Appointment], value: str
) -> None:
    data = fields_of(smith.post(ADD, TUESDAY)) | {f"visit-{visits[0].pk}": value}
    assert smith.post(DECIDE, data).status_code in (400, 409)
    assert untouched(visits)


@pytest.mark.parametrize("extra", [{"visit-zz": "ask"}, {"note": "x" * 501}])
def test_form_that_nobody_was_shown_is_refused(
    smith: Client, visits: list[Appointment], extra: dict[str, str]
) -> None:
    data = fields_of(smith.post(ADD, TUESDAY)) | extra
    assert smith.post(DECIDE, data).status_code == 400
    assert untouched(visits)


def test_absence_that_we_did_not_seal_is_none(smith: Client, visits: list[Appointment]) -> None:
    other = Absence((Span(at(3, 0), at(4, 0)),), doctor=make_doctor("Dr. Other"))
    for sealed in ("", "forged", seal(other)):
        assert smith.post(DECIDE, {"absence": sealed}).status_code == 404
    assert untouched(visits)


def test_more_visits_than_a_page_holds_are_not_shown(
    smith: Client, visits: list[Appointment], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (selectors, assistant):
        monkeypatch.setattr(module, "MOST", 2)
    page = page_of(smith.post(ADD, TUESDAY))
    assert "This touches more than 2 visits" in page
    assert 'name="visit-' not in page


def test_who_has_arrived_is_shown_and_stays(smith: Client, doctor: Doctor) -> None:
    visit = make_appointment(doctor, make_person(), at(2, 9), status="checked_in")
    response = smith.post(ADD, {"first_day": "2026-03-02"})
    assert "The patient is here already: this visit stays." in page_of(response)
    assert smith.post(DECIDE, fields_of(response)).status_code == 302
    visit.refresh_from_db()
    assert visit.status == "checked_in"


def test_list_shows_what_is_left_and_leads_to_it(smith: Client, visits: list[Appointment]) -> None:
    smith.post(DECIDE, fields_of(smith.post(ADD, TUESDAY)))
    off = TimeOff.objects.get()
    page = page_of(smith.get(LIST))
    assert "3 visits need a new time" in page
    url = reverse("practice:time_off_visits", args=[off.pk])
    assert url in page
    response = smith.get(url)
    assert [fields_of(response)[f"visit-{visit.pk}"] for visit in visits] == ["leave"] * 3
    assert "Wait for the answer: the patient was asked on Monday 2 March 2026" in page_of(response)
    data = fields_of(response) | {f"visit-{visits[0].pk}": "cancel"}
    told = said(smith.post(url, data, follow=True))[0].split("<br>")
    assert told[0] == "The visits in this time off are dealt with."
    assert told[-1] == "Chen, Tuesday 3 March 2026, 11:00am: still to answer"
    assert TimeOff.objects.count() == 1


def test_taking_back_asks_first(smith: Client, visits: list[Appointment]) -> None:
    smith.post(DECIDE, fields_of(smith.post(ADD, TUESDAY)))
    url = reverse("practice:time_off_take_back", args=[TimeOff.objects.get().pk])
    page = page_of(smith.get(url))
    assert "are not moved back" in page
    assert "Anna, Tuesday 3 March 2026, 9:00am" in page
    assert TimeOff.objects.exists()
    response = smith.post(url, follow=True)
    assert said(response) == [
        "The time off is taken back. Patients can book these times again. "
        "3 patients who were to choose another time are told that the visits take place."
    ]
    assert not TimeOff.objects.exists()
    assert smith.post(url).status_code == 404


def test_time_off_of_others_and_of_the_past_is_hidden(smith: Client, doctor: Doctor) -> None:
    other = make_doctor("Dr. Other").time_off.create(start=at(3, 0), end=at(4, 0))
    past = doctor.time_off.create(start=at(1, 0), end=at(2, 0), reason="Long ago")
    for off in (other, past):
        for name in ("practice:time_off_visits", "practice:time_off_take_back"):
            url = reverse(name, args=[off.pk])
            assert (smith.get(url).status_code, smith.post(url).status_code) == (404, 404)
    assert "Long ago" in page_of(smith.get(LIST))
    assert TimeOff.objects.count() == 2


def test_pages_ask_no_more_for_three_visits_than_for_one(
    smith: Client, doctor: Doctor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    doctor.time_off.create(start=at(6, 0), end=at(7, 0))

    def make(hour: int) -> None:
        make_appointment(doctor, make_person(), at(3, hour))
        make_appointment(doctor, make_person(), at(6, hour))

    make(9)
    smith.get(LIST)
    with django_assert_num_queries(18):
        smith.post(ADD, TUESDAY)
    with django_assert_num_queries(16):
        smith.get(LIST)
    for hour in (10, 11):
        make(hour)
        doctor.time_off.create(start=at(8, hour), end=at(9, hour))
    with django_assert_num_queries(18):
        smith.post(ADD, TUESDAY)
    with django_assert_num_queries(16):
        smith.get(LIST)


# The patient's side


def test_patient_is_asked_on_every_page_and_chooses(
    smith: Client, visits: list[Appointment]
) -> None:
    smith.post(DECIDE, fields_of(smith.post(ADD, TUESDAY)))
    visit = visits[0]
    anna = browser_of(visit.booked_by)
    detail = reverse("appointments:detail", args=[visit.pk])
    move = reverse("appointments:reschedule", args=[visit.pk])
    assert "Choose another time" in page_of(anna.get(reverse("appointments:list")))
    page = page_of(anna.get(detail))
    assert "<h1>Choose another time</h1>" in page
    assert f'href="{move}"' in page
    assert "Conference" not in page
    assert "The clinic cannot see you at the time you have." in page_of(anna.get(move))
    anna.post(move, {"start": "2026-03-04T04:00:00Z"})
    page = page_of(anna.get(detail))
    assert "<h1>Appointment confirmed</h1>" in page
    assert "Wednesday 4 March 2026, 9:30am" in page


def test_visit_of_which_the_time_went_by_is_left_to_the_clinic(
    smith: Client, desk: Client, visits: list[Appointment], clock: Any
) -> None:
    smith.post(DECIDE, fields_of(smith.post(ADD, TUESDAY)))
    clock.move_to(at(4, 9))
    anna = browser_of(visits[0].booked_by)
    page = page_of(anna.get(reverse("appointments:detail", args=[visits[0].pk])))
    assert "<h1>This appointment is over</h1>" in page
    words = "no answer, and the time has passed"
    desk, smith = browser_of(User.objects.get(is_staff=True)), browser_of(visits[0].doctor.user)
    for client, url in ((smith, LIST), (desk, reverse("admin:desk_strays"))):
        assert page_of(client.get(url)).count(words) == 3
    desk.post(reverse("appointments:cancel", args=[visits[0].pk]), {"reason": "Telephoned"})
    assert page_of(desk.get(reverse("admin:desk_strays"))).count(words) == 2


# Staff, in the admin


def off_data(**whose: Any) -> dict[str, Any]:
    return {"start": "2026-03-03T00:00", "end": "2026-03-04T00:00", "reason": "Away"} | whose


def test_desk_sees_the_visits_of_a_doctors_time_off_first(
    desk: Client, doctor: Doctor, visits: list[Appointment]
) -> None:
    response = desk.post(add_url(TimeOff), off_data(doctor=doctor.pk))
    assert response.status_code == 200
    assert "Nothing is saved yet." in page_of(response)
    assert untouched(visits)
    data = fields_of(response) | {f"visit-{visits[0].pk}": "cancel"}
    done = desk.post(reverse("admin:desk_time_off"), data, follow=True)
    assert done.redirect_chain == [(list_url(TimeOff), 302)]
    assert said(done)[0].split("<br>")[0] == "The time off is entered."
    off = TimeOff.objects.get()
    assert (off.doctor, off.start, off.end, off.reason) == (doctor, at(3, 0), at(4, 0), "Away")
    visits[0].refresh_from_db()
    assert visits[0].status == "cancelled"


def test_desk_sees_the_visits_of_a_closure_first(desk: Client, visits: list[Appointment]) -> None:
    place = visits[0].location
    response = desk.post(add_url(TimeOff), off_data(location=place.pk))
    assert "Dr. Smith, Confirmed." in page_of(response)
    assert untouched(visits)
    done = desk.post(reverse("admin:desk_time_off"), fields_of(response), follow=True)
    assert said(done)[0].split("<br>")[0] == "The closure is entered."
    assert TimeOff.objects.get().location == place


def test_desk_sees_the_visits_of_public_holidays_first(
    desk: Client, doctor: Doctor, person: User
) -> None:
    visit = make_appointment(doctor, person, at(3, 9, month=4))  # Good Friday
    Location.objects.update(holiday_calendar="IN")
    url = reverse("admin:doctors_location_holidays", args=[visit.location.pk])
    response = desk.post(url, {"days": ["2026-04-03", "2026-08-15"]})
    page = page_of(response)
    assert "Friday 3 April 2026" in page
    assert "Saturday 15 August 2026" in page
    assert untouched([visit])
    desk.post(reverse("admin:desk_time_off"), fields_of(response))
    assert list(TimeOff.objects.order_by("start").values_list("reason", flat=True)) == [
        "Good Friday",
        "Independence Day",
    ]
    assert visit.events.last().kind == "offered"


def test_holidays_without_visits_close_at_once(desk: Client, doctor: Doctor) -> None:
    Location.objects.update(holiday_calendar="IN")
    url = reverse("admin:doctors_location_holidays", args=[doctor.places[0].pk])
    assert desk.post(url, {"days": ["2026-04-03"]}).status_code == 302
    assert TimeOff.objects.get().reason == "Good Friday"


def test_strays_lead_to_the_visits_of_each_time_off(
    desk: Client, doctor: Doctor, visits: list[Appointment]
) -> None:
    strays = reverse("admin:desk_strays")
    assert "There is nothing to do here." in page_of(desk.get(strays))
    off = doctor.time_off.create(start=at(3, 0), end=at(4, 0))
    page, url = page_of(desk.get(strays)), reverse("admin:desk_time_off_visits", args=[off.pk])
    assert "deal with 3 visits" in page
    assert url in page
    response = desk.get(url)
    assert "The time off is saved." in page_of(response)
    assert desk.post(url, fields_of(response)).status_code == 302
    assert [visit.events.last().kind for visit in visits] == ["offered"] * 3


def test_deleting_time_off_tells_those_who_were_asked(
    desk: Client, doctor: Doctor, visits: list[Appointment]
) -> None:
    response = desk.post(add_url(TimeOff), off_data(doctor=doctor.pk))
    desk.post(reverse("admin:desk_time_off"), fields_of(response))
    off = TimeOff.objects.get()
    desk.post(delete_url(off), {"post": "yes"})
    assert not TimeOff.objects.exists()
    assert [visit.events.last().kind for visit in visits] == ["confirmed"] * 3


def test_desk_pages_are_for_who_may(doctor: Doctor, visits: list[Appointment]) -> None:
    off = doctor.time_off.create(start=at(3, 0), end=at(4, 0))
    one = reverse("admin:desk_time_off_visits", args=[off.pk])
    pages = [reverse("admin:desk_strays"), one, reverse("admin:desk_time_off")]
    receptionist, manager = cast.make_receptionist(), cast.make_manager()
    nobody = cast.make_user(is_staff=True)

    def answers(user: User) -> list[int]:
        return [browser_of(user).get(page).status_code for page in pages]

    assert answers(receptionist) == [200, 200, 403]
    assert answers(manager) == [200, 200, 302]
    assert answers(nobody) == [403, 403, 403]
    sealed = {"absence": seal(Absence((Span(at(5, 0), at(6, 0)),), doctor=doctor))}
    assert browser_of(receptionist).post(pages[2], sealed).status_code == 403
    assert browser_of(manager).post(pages[2], {"absence": "forged"}).status_code == 404
    assert TimeOff.objects.count() == 1


def test_who_may_add_time_off_only_decides_about_no_visit(
    doctor: Doctor, visits: list[Appointment]
) -> None:
    clerk = cast.make_user("clerk@example.com", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="add_timeoff"))
    client = browser_of(clerk)
    response = client.post(add_url(TimeOff), off_data(doctor=doctor.pk))
    refused = client.post(reverse("admin:desk_time_off"), fields_of(response))
    assert refused.status_code == 403
    assert untouched(visits)


def test_strays_ask_no_more_for_three_than_for_one(
    desk: Client, doctor: Doctor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    url = reverse("admin:desk_strays")
    doctor.time_off.create(start=at(3, 0), end=at(4, 0))
    make_appointment(doctor, make_person(), at(3, 9))
    desk.get(url)
    with django_assert_num_queries(11):
        desk.get(url)
    for number in (1, 2):
        other = make_doctor(f"Dr. {number}", location=cast.make_location(f"Town {number}"))
        other.time_off.create(start=at(3, 0), end=at(4, 0))
        make_appointment(other, make_person(), at(3, 9))
    with django_assert_num_queries(11):
        desk.get(url)
