"""Doctors in a list, each with the nearest free times: what a card shows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from appointments.drawn import draw_each
from appointments.next_free.selectors import KeptTime, NextFreeTimes
from doctors.models import Doctor
from doctors.selectors import learn_places


@dataclass(frozen=True)
class Card:
    """A doctor and the nearest times, read when asked for, at once for all cards of the list.

    `key` changes with all that the card shows: one that was drawn before need not be read. Without
    a key it is drawn anew.
    """

    cards: _Cards
    doctor_id: int
    key: str | None

    @property
    def doctor(self) -> Doctor:
        return self.cards.doctors[self.doctor_id]

    @property
    def slots(self) -> list[KeptTime]:
        return self.cards.nearest[self.doctor_id]


class _Cards:
    def __init__(self, doctor_ids: list[int], times: NextFreeTimes) -> None:
        self.doctor_ids, self.times = doctor_ids, times

    @cached_property
    def doctors(self) -> dict[int, Doctor]:
        doctors = Doctor.objects.with_summary().in_bulk(self.doctor_ids)
        learn_places(doctors.values())
        return doctors

    @cached_property
    def nearest(self) -> dict[int, list[KeptTime]]:
        return self.times.of(self.doctor_ids)


def cards_of(doctor_ids: list[int], times: NextFreeTimes, token: float) -> list[Card]:
    """In the order of the ids; `token` is the catalogue's."""
    cards, keys = _Cards(doctor_ids, times), times.keys_of(doctor_ids)
    return [
        Card(cards, pk, f"{pk}-{token}-{keys[pk]}" if pk in keys else None) for pk in doctor_ids
    ]


def draw(cards: list[Card], heading: str) -> SafeString:
    """The cards as HTML."""

    def one(card: Card) -> str:
        context = {"card": card, "heading": heading}
        return render_to_string("components/doctor_card.html", context)

    return draw_each(f"card-{heading}", [(card.key, card) for card in cards], one)
