"""Where what is kept of the next free times is compared with what is computed."""

from __future__ import annotations

from appointments.next_free.selectors import NextFreeTimes, Wanted
from docspot.tests.proof.world import World
from doctors.models import Doctor


def kept_agrees_with_computed(world: World) -> None:
    """Fail if the kept next free times are not the computed ones, or sorted otherwise."""
    bookable = set(Doctor.objects.bookable().values_list("pk", flat=True))
    computed = {
        doctor: [slot.start for slot in slots]
        for doctor, slots in world.computed_first_free().items()
        if slots and doctor in bookable
    }
    times = NextFreeTimes(Wanted(), now=world.clinic.now)
    kept = times.of(sorted(bookable))
    assert {doctor: [slot.start for slot in slots] for doctor, slots in kept.items()} == computed
    in_order = list(times.having(Doctor.objects.bookable()).values_list("pk", flat=True))
    assert in_order == sorted(computed, key=lambda doctor: (computed[doctor][0], doctor))
