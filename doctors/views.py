"""The plain pages about doctors. appointments/views.py adds their free times."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.generic import DetailView, ListView

from doctors.catalogue.selectors import doctor_to_book
from doctors.forms import DoctorSearchForm
from doctors.models import Doctor
from doctors.selectors import find_doctors


class DirectoryView(ListView):
    """The doctors whom patients may book, narrowed by a form in the address."""

    template_name = "doctors/directory.html"
    context_object_name = "doctors"
    paginate_by = 20

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.form = DoctorSearchForm(request.GET)
        response = super().get(request, *args, **kwargs)
        response.status_code = 200 if self.form.is_valid() else 400
        return response

    def get_queryset(self) -> QuerySet[Doctor]:
        if not self.form.is_valid():
            return Doctor.objects.none()
        names = ("q", "specialty", "place", "language")
        return find_doctors(**{name: self.form.cleaned_data[name] for name in names})

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "form": self.form,
            "filtered": self.form.narrows,
        }


class ProfileView(DetailView):
    """Who a doctor is, where they work, and what visits they offer."""

    template_name = "doctors/profile.html"
    context_object_name = "doctor"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"token": self.object.catalogue_token}

    def get_object(self, queryset: Any = None) -> Doctor:
        doctor = doctor_to_book(slug=self.kwargs["slug"])
        if doctor is None:
            raise Http404(_("There is no such doctor."))
        return doctor
