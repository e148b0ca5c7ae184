"""In templates: {% own_doctor_status as status %}, for the head of every page."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from doctors.selectors import doctor_status

register = template.Library()


@register.simple_tag(takes_context=True)
def own_doctor_status(context: Context) -> str:
    """How the doctor stands that one is; asked once for each page."""
    request: Any = context["request"]
    if not hasattr(request, "doctor_status"):
        request.doctor_status = doctor_status(request.user)
    return str(request.doctor_status)
