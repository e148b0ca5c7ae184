"""Who may log in, by allauth's rules; and who it is that has, read by plain SQL."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from accounts.models import User
from accounts.rows import read_rows

PERSON = "SELECT {person} FROM accounts_user AS person WHERE person.id = %s"


class LoginBackend(AuthenticationBackend):
    def get_user(self, user_id: Any) -> User | None:
        for (person,) in read_rows(PERSON, [user_id], person=User):
            return person if self.user_can_authenticate(person) else None
        return None
