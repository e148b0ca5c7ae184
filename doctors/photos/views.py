"""The photograph of a doctor, as an image."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.generic import View

from accounts.models import User
from doctors.models import Doctor
from doctors.photos.models import DoctorPhoto

FOR_EVER = "public, max-age=31536000, immutable"


class PhotoView(View):
    """A photo by its digest: another photo has another address, so this one never changes.

    For everybody once the doctor is approved; before that for the doctor and the clinic's staff.
    """

    def get(self, request: HttpRequest, slug: str, digest: str) -> HttpResponse:
        kept = DoctorPhoto.objects.select_related("doctor").filter(
            doctor__slug=slug, doctor__photo_digest=digest
        )
        photo = kept.first()
        if photo is None or not self._may_see(photo.doctor):
            raise Http404(_("There is no such photo."))
        response = HttpResponse(bytes(photo.jpeg), content_type="image/jpeg")
        response["X-Content-Type-Options"] = "nosniff"
        if photo.doctor.status == Doctor.Status.APPROVED:
            response["Cache-Control"] = FOR_EVER
        else:
            add_never_cache_headers(response)
        return response

    def _may_see(self, doctor: Doctor) -> bool:
        if doctor.status == Doctor.Status.APPROVED:
            return True  # without a look at who asks: a cache may answer for all
        user = self.request.user
        if not isinstance(user, User):
            return False
        is_staff = user.is_staff and user.has_perm("doctors.view_doctor")
        return user.pk == doctor.user_id or is_staff
