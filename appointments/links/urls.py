"""The pages that the links of mails lead to, by their keys; and how the keys are ended."""

from django.urls import path

from appointments.links import views

app_name = "visit"
urlpatterns = [
    path("of/<uuid:id>/end/", views.EndLinksView.as_view(), name="end_links"),
    # Whatever stands for the key: one that was cut off on its way has ended like any other.
    path("<str:key>/", views.ShowView.as_view(), name="show"),
    path("<str:key>/attend/", views.AttendView.as_view(), name="attend"),
    path("<str:key>/cancel/", views.CancelView.as_view(), name="cancel"),
    path("<str:key>/move/", views.MoveView.as_view(), name="move"),
]
