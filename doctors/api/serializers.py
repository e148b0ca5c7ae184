"""Doctors as programs see them, and the roles of people that come from doctors."""

from __future__ import annotations

from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.api.serializers import RegisterSerializer as PersonSerializer
from accounts.api.serializers import TokensSerializer
from accounts.api.shape import NOT_TEXT, Choice, Id, Text
from accounts.emails import absolute_url
from doctors.models import Doctor, Language, Location, Specialty


class Role(TextChoices):
    """What a person is to a program; DocSpot itself keeps no such thing."""

    USER = "user", _("a patient")
    DOCTOR = "doctor", _("a doctor whom the clinic has approved")
    STAFF = "staff", _("one of the clinic's staff")


MOST_LANGUAGES, LONGEST_CODE = 50, 12
NO_LANGUAGES = _("Send the languages as a list of codes, such as en.")


class Codes(serializers.ListField):
    """A list of short words."""

    child = serializers.CharField()

    def run_child_validation(self, data: Any) -> Any:
        for code in data:
            if not isinstance(code, str) or len(code) > LONGEST_CODE or NOT_TEXT.search(code):
                self.fail("not_a_list")
        return data


class RegisterSerializer(PersonSerializer):
    role = Choice(
        say=_("Choose “user” or “doctor”."),
        choices=[Role.USER.value, Role.DOCTOR.value],
        default=Role.USER.value,
        help_text=_("A doctor is shown to patients once the clinic has approved them."),
    )
    specialty = Text(
        say=_("Write a specialty, such as cardiology."),
        max_length=80,
        required=False,
        allow_null=True,
        help_text=_("Of a doctor: a specialty of the clinic, such as cardiology."),
    )
    location = Id(
        say=_("Write the id of a place."),
        required=False,
        allow_null=True,
        help_text=_("Of a doctor: the id of the place where they want to work."),
    )
    licence_number = Text(
        say=_("Write the licence number as text."),
        max_length=Doctor._meta.get_field("licence_number").max_length,
        required=False,
        allow_blank=True,
        allow_null=True,
        help_text=_("Of a doctor: as in the register of doctors."),
    )
    languages = Codes(
        max_length=MOST_LANGUAGES,
        required=False,
        allow_null=True,
        error_messages={
            "not_a_list": NO_LANGUAGES,
            "null": NO_LANGUAGES,
            "max_length": _("Send 50 languages or fewer."),
        },
        help_text=_("Of a doctor: the codes of the languages they speak, such as en."),
    )
    bio = Text(
        say=_("Write a few words as text."),
        max_length=Doctor._meta.get_field("bio").max_length,
        required=False,
        allow_blank=True,
        allow_null=True,
        help_text=_("Of a doctor: a word about themselves, for patients."),
    )

    def validate_specialty(self, slug: str | None) -> Specialty | None:
        say = _("There is no such specialty here.")
        return None if slug is None else _found(Specialty, say, slug=slug)

    def validate_location(self, pk: int | None) -> Location | None:
        say = _("There is no such place here.")
        return None if pk is None else _found(Location, say, pk=pk)

    def validate_languages(self, codes: list[str] | None) -> list[Language]:
        languages = list(Language.objects.filter(code__in=codes or ()))
        if set(codes or ()) != {language.code for language in languages}:
            raise serializers.ValidationError([_("There is no such language here.")])
        return languages


def _found(model: Any, say: Any, **key: Any) -> Any:
    row = model.objects.filter(**key).first()
    if row is None:
        raise serializers.ValidationError([say])
    return row


class LoggedInSerializer(TokensSerializer):
    role = serializers.ChoiceField(choices=Role.choices)


class VisitTypeSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    minutes = serializers.IntegerField(source="duration_minutes")


class DoctorSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    specialty = serializers.CharField(
        source="specialty.title", help_text=_("What the doctor is: Cardiologist.")
    )
    location = serializers.SerializerMethodField(
        help_text=_("The town of the first place they work at; empty without one.")
    )
    time_zone = serializers.SerializerMethodField(help_text=_("The zone there; empty without one."))
    languages = serializers.SerializerMethodField()
    visit_types = VisitTypeSerializer(
        source="offered_visit_types", many=True, help_text=_("What can be booked.")
    )
    slug = serializers.CharField(help_text=_("The name to the doctor's page."))
    url = serializers.SerializerMethodField(help_text=_("The doctor's page."))

    def get_location(self, doctor: Doctor) -> str:
        return doctor.places[0].city if doctor.places else ""

    def get_time_zone(self, doctor: Doctor) -> str:
        return doctor.places[0].time_zone if doctor.places else ""

    def get_languages(self, doctor: Doctor) -> list[str]:
        return [language.name for language in doctor.languages.all()]

    def get_url(self, doctor: Doctor) -> str:
        return absolute_url("doctors:profile", doctor.slug)


class Words(Text):
    """Words to search by."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(say=_("Write words to search by."), required=False, **kwargs)


class DoctorFilters(serializers.Serializer):
    """What the list of doctors can be narrowed by."""

    q = Words(max_length=200, help_text=_("Words of the name, the specialty or the place."))
    specialty = Words(max_length=80, help_text=_("A specialty, such as cardiology."))
    place = Words(max_length=80, help_text=_("A town."))
    language = Words(max_length=12, help_text=_("A language by its code, such as en."))
