"""The session of a browser, as Django keeps it in the database, read by plain SQL."""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.rows import read_rows
from accounts.sql import adapted

SESSION = """
SELECT {session} FROM django_session AS session
WHERE session.session_key = %s AND session.expire_date > %s
"""


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> Session | None:
        asked = [self.session_key, adapted(timezone.now())]
        for (session,) in read_rows(SESSION, asked, session=Session):
            return session
        self._session_key = None  # one that has ended is not used again
        return None
