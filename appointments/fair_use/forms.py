"""Why the clinic does not count a missed visit."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class WaiveForm(forms.Form):
    note = forms.CharField(
        label=_("Why (optional)"),
        required=False,
        max_length=500,
        error_messages={"max_length": _("Use 500 characters or fewer")},
        help_text=_("Only the clinic reads this."),
        widget=forms.Textarea(attrs={"rows": 2, "cols": 60}),
    )
