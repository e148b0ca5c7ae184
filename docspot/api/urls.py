"""All addresses below /api/. None ends in a slash but those of the description, none redirects."""

from django.urls import include, path, re_path

from docspot.api import views

urlpatterns = [
    path("", views.RootView.as_view(), name="api_root"),
    path("", include("accounts.api.urls")),
    path("", include("doctors.api.urls")),
    path("", include("appointments.api.urls")),
    path("schema/", views.SchemaView.as_view(), name="api_schema"),
    path("docs/", views.DocsView.as_view(), name="api_docs"),
    re_path(r"", views.NothingHereView.as_view()),
]
