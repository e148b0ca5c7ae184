"""The pages that belong to no app: home, health, and what is said when something is wrong."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views import defaults
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

from accounts.views import PrivatePage
from appointments.cards import cards_of
from appointments.next_free.selectors import NextFreeTimes, Wanted
from docspot.api.problems import problem_response
from doctors.forms import DoctorSearchForm
from doctors.models import Doctor
from doctors.selectors import doctor_status, find_doctors, specialties_on_offer

NEXT_DOCTORS = 3
API = "/api/"


class HomeView(TemplateView):
    """What DocSpot is for, in one field: whom to see; and who can be seen soonest."""

    template_name = "home.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        times = NextFreeTimes(Wanted(), now=timezone.now())
        soonest = list(times.having(find_doctors()).values_list("pk", flat=True)[:NEXT_DOCTORS])
        form = DoctorSearchForm()
        return super().get_context_data(**kwargs) | {
            "search_form": form,
            "specialties": specialties_on_offer(),
            "cards": cards_of(soonest, times, form.choices.token),
        }


class LandingView(PrivatePage):
    """Where one comes to after logging in: doctors to their day, staff to the clinic's."""

    def get(self, request: HttpRequest) -> HttpResponse:
        status = doctor_status(self.person)
        if status == Doctor.Status.APPROVED:
            return redirect("practice:day")
        if status == Doctor.Status.PENDING:
            return redirect("practice:application")
        return redirect("admin:index" if self.person.is_staff else "appointments:list")


@never_cache
def health(request: HttpRequest) -> HttpResponse:
    """For the machine that watches over DocSpot: 200 while it can reach its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


# What is said when something is wrong: HTML to people, a problem document to programs.


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_page(request, 403, "403_csrf.html")


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    if request.path.startswith(API):
        return problem_response(500)
    return defaults.server_error(request)


def error_page(request: HttpRequest, status: int, template: str = "") -> HttpResponse:
    if request.path.startswith(API):
        return problem_response(status)
    return render(request, template or f"{status}.html", status=status)
