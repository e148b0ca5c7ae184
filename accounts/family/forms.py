"""The forms of acting for others: the shape of what is typed, not whether it is allowed."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.family.exceptions import NoBirthday
from accounts.forms import DetailsForm, word_email
from accounts.models import PatientAccess

Relation = PatientAccess.Relation
ENTER_A_NAME = _("Enter the full name")
CHOOSE_AS_WHAT = _("Choose what fits")


class PersonForm(DetailsForm):
    """The details of someone else."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].error_messages["required"] = ENTER_A_NAME
        born = self.fields["date_of_birth"]
        born.required = False
        for field in self.fields.values():  # the browser knows those of its owner
            field.widget.attrs["autocomplete"] = "off"


class AddPersonForm(PersonForm):
    relation = forms.ChoiceField(
        label=_("Who is it?"),
        choices=[
            (Relation.PARENT, _("My child, under 18")),
            (Relation.CARER, _("Someone I care for")),
            (Relation.OTHER, _("Someone else")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose who it is"), "invalid_choice": _("Choose who it is")},
    )
    field_order = ("relation", "name", "date_of_birth", "phone")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        is_child = data.get("relation") == Relation.PARENT
        if is_child and "date_of_birth" in data and data["date_of_birth"] is None:
            self.add_error("date_of_birth", str(NoBirthday.message))
        return data


class AddressForm(forms.Form):
    """Who is invited."""

    email = forms.EmailField(widget=forms.EmailInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["email"] = deepcopy(self.fields["email"])
        word_email(field)
        field.label = _("Their email address")
        field.error_messages["required"] = _("Enter their email address")
        field.widget.attrs["autocomplete"] = "off"


class InviteForm(AddressForm):
    """Who is invited, and as what."""

    relation = forms.ChoiceField(
        label=_("Who are they?"),
        widget=forms.RadioSelect,
        error_messages={"required": CHOOSE_AS_WHAT, "invalid_choice": CHOOSE_AS_WHAT},
    )

    words = {
        Relation.PARENT: _("A parent"),
        Relation.CARER: _("A carer"),
        Relation.OTHER: _("Someone else"),
    }

    def __init__(self, *args: Any, relations: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["relation"]
        field.choices = [(one, self.words[Relation(one)]) for one in relations]  # type: ignore[attr-defined]
