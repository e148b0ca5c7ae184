"""The pages that show every mail."""

from django.urls import path

from docspot.mails import views

app_name = "mails"
urlpatterns = [
    path("", views.MailListView.as_view(), name="list"),
    path("<slug:name>/", views.MailView.as_view(), name="mail"),
    path("<slug:name>/html/", views.MailHtmlView.as_view(), name="html"),
]
