"""The pages of acting for others, below /accounts/family/ (docspot/urls.py).

The page on which one ends one's own access is not among them: who holds visits to come is known
further up.
"""

from django.urls import path, re_path

from accounts.family import views
from accounts.keys import KEY_PATTERN

urlpatterns = [
    path("", views.PeopleView.as_view(), name="list"),
    path("add/", views.AddView.as_view(), name="add"),
    path("<int:patient>/", views.PersonView.as_view(), name="person"),
    path("<int:patient>/change/", views.ChangeView.as_view(), name="change"),
    path("<int:patient>/invite/", views.InviteView.as_view(), name="invite"),
    path("<int:patient>/hand-over/", views.HandOverView.as_view(), name="hand_over"),
    path("access/<int:id>/end/", views.EndOtherView.as_view(), name="end_other"),
    path("invitations/<int:id>/withdraw/", views.WithdrawView.as_view(), name="withdraw"),
    path("invitations/<int:id>/resend/", views.ResendView.as_view(), name="resend"),
    re_path(
        rf"^invitation/(?P<key>{KEY_PATTERN})/$", views.InvitationView.as_view(), name="invitation"
    ),
]
