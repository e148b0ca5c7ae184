"""A person's places on the waiting list, and the ways onto it."""

from django.urls import path, re_path

from appointments.waiting import views

app_name = "waiting"
urlpatterns = [
    path("", views.WaitingListView.as_view(), name="list"),
    path("doctor/<slug:slug>/", views.JoinDoctorView.as_view(), name="join_doctor"),
    path("visit/<uuid:id>/", views.JoinVisitView.as_view(), name="join_visit"),
    # By its number: an address of somebody's waiting tells nothing of their health.
    path("any/<int:specialty>/<str:place>/", views.JoinAnyView.as_view(), name="join_any"),
    path("<int:id>/change/", views.ChangeView.as_view(), name="change"),
    path("<int:id>/pause/", views.PauseView.as_view(), name="pause"),
    path("<int:id>/resume/", views.ResumeView.as_view(), name="resume"),
    path("<int:id>/leave/", views.LeaveView.as_view(), name="leave"),
    re_path(
        r"^offers/(?P<id>[0-9]{1,18})/(?P<answer>accept|decline)/$",
        views.OfferView.as_view(),
        name="offer",
    ),
]
