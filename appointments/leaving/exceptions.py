"""Why somebody cannot leave yet."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.exceptions import Refusal


class HoldsVisits(Refusal):
    code = "holds-visits"
    message = _(
        "They have appointments to come, and nobody else would hear of them. Cancel these "
        "appointments first, or invite another person who acts for them. The clinic can help too."
    )
