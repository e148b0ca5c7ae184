"""The site map."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from appointments.leaving.views import EndView
from appointments.views import AnyDoctorView, DirectoryView, ProfileView
from appointments.waiting.views import AnswerView
from docspot import views
from docspot.api.views import RootView
from doctors.photos.views import PhotoView

# Of two apps, in one name space: who links to a page need not know whose it is.
PRACTICE = [
    path("", include("appointments.practice.urls")),
    path("", include("doctors.practice.urls")),
]
FAMILY: list[URLPattern | URLResolver] = [
    path("", include("accounts.family.urls")),
    path("<int:patient>/end/", EndView.as_view(), name="end"),
]


def for_developers(debug: bool) -> list[Any]:
    """What is there only while DEBUG is on."""
    return [path("mails/", include("docspot.mails.urls"))] if debug else []


urlpatterns = [
    path("", views.HomeView.as_view(), name="home"),
    path("landing/", views.LandingView.as_view(), name="landing"),
    path("healthz", views.health, name="health"),
    path(
        "doctors/",
        include(
            (
                [
                    path("", DirectoryView.as_view(), name="directory"),
                    path("any/<slug:specialty>/<str:place>/", AnyDoctorView.as_view(), name="any"),
                    path("<slug:slug>/", ProfileView.as_view(), name="profile"),
                    path("<slug:slug>/photo/<slug:digest>.jpg", PhotoView.as_view(), name="photo"),
                ],
                "doctors",
            )
        ),
    ),
    path("appointments/waiting/", include("appointments.waiting.urls")),
    path("appointments/", include("appointments.urls")),
    path("visit/", include("appointments.links.urls")),
    path("offer/", include(([path("<str:key>/", AnswerView.as_view(), name="answer")], "offer"))),
    path("practice/", include((PRACTICE, "practice"))),
    path("accounts/family/", include((FAMILY, "family"))),
    path("accounts/", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("api", RootView.as_view(schema=None), name="api_root"),
    path("api/", include("docspot.api.urls")),
    *for_developers(settings.DEBUG),
]

handler400 = "docspot.views.bad_request"
handler403 = "docspot.views.permission_denied"
handler404 = "docspot.views.page_not_found"
handler429 = "accounts.views.too_many_requests"
handler500 = "docspot.views.server_error"
