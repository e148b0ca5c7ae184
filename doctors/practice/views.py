"""A doctor's own profile and photo."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.views.generic import FormView, TemplateView

from accounts.views import BadFormMixin
from doctors.photos.services import remove_photo as without_photo
from doctors.photos.uploads import takes_photo
from doctors.practice.forms import ProfileForm
from doctors.practice.pages import PracticePage
from doctors.practice.services import change_profile


class ProfileView(PracticePage, BadFormMixin, FormView):
    """What patients read about the doctor, and the form to change it."""

    template_name = "practice/profile.html"
    form_class = ProfileForm
    success_url = reverse_lazy("practice:profile")

    def get_initial(self) -> dict[str, Any]:
        return {"languages": self.doctor.languages.all(), "bio": self.doctor.bio}

    def form_valid(self, form: ProfileForm) -> HttpResponse:
        change_profile(doctor=self.doctor, **form.cleaned_data)
        messages.success(self.request, _("Your profile has been saved."))
        return super().form_valid(form)


class RemovePhotoView(PracticePage, TemplateView):
    """Asks first; without a photo there is nothing to ask."""

    template_name = "practice/remove_photo.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.doctor.photo_digest:
            return redirect("practice:profile")
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        without_photo(doctor=self.doctor)
        messages.success(request, _("Your photo has been removed."))
        return redirect("practice:profile")


profile = takes_photo(ProfileView.as_view())
remove_photo = RemovePhotoView.as_view()
