"""Who acts: somebody who is logged in, or somebody who holds the link of a mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Holder:
    """Whoever holds the link in a mail to `email` about this patient, and need not log in.

    They act for the patient, and never for the clinic, whoever they may be besides. `user` is whose
    address it is; None for a patient without a login. `visit_id` is the one visit that they may act
    on; None where the mail offers a time, which they may book or move a visit to: the service that
    takes the link sees to it that they get no other. `stand_in` is then who is noted as having
    booked, if the address is nobody's login: who asked for the time.
    """

    patient_id: int
    email: str
    user: User | None = None
    visit_id: UUID | None = None
    stand_in: User | None = None


def login_of(by: User | Holder | None) -> User | None:
    """Who stands in the story as who did it."""
    return by.user if isinstance(by, Holder) else by


def booker_of(by: User | Holder) -> User | None:
    """Who stands in the book as who booked."""
    return by.user or by.stand_in if isinstance(by, Holder) else by
