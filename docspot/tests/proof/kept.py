"""Where what is kept of the next free times is compared with what is computed."""

from __future__ import annotations

from docspot.tests.proof.world import World


def kept_agrees_with_computed(world: World) -> None:
    """FOR THE LEAD TO FILL IN: fail if the kept next free times are not the computed ones.

    The machine calls this after some of the steps, when all is committed. `world.clinic.now` is the
    instant, `world.clinic.doctors` are the doctors, `world.computed_first_free()` is what
    `appointments.selectors.first_free` says of them, which the machine has by then compared with
    the model. The rows of earlier sequences are gone (`world.sweep`).
    """
