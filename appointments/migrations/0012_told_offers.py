"""When somebody was told of an offer; who never was may be offered that time again."""

from django.db import migrations, models
from django.db.models import Exists, F, OuterRef, Q


def all_were_told(apps, schema_editor):
    """Until now all offers counted as if they were told at once."""
    apps.get_model("appointments", "WaitingOffer").objects.update(told_at=F("made_at"))


def forget_repeats(apps, schema_editor):
    """There was one offer of a time to a person: the last of them stays."""
    offers = apps.get_model("appointments", "WaitingOffer").objects
    same = {name: OuterRef(name) for name in ("entry", "doctor", "start")}
    later = offers.filter(**same, pk__gt=OuterRef("pk"))
    earlier = offers.filter(Exists(later), told_at=None, status="withdrawn")
    offers.filter(pk__in=list(earlier.values_list("pk", flat=True))).delete()
    counting = offers.filter(**same).exclude(told_at=None, status="withdrawn")
    withdrawn = offers.filter(Exists(counting), told_at=None, status="withdrawn")
    offers.filter(pk__in=list(withdrawn.values_list("pk", flat=True))).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0011_held_times"),
        ("doctors", "0005_joining"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="waitingoffer", name="appointments_offered_once"),
        migrations.AddField(
            model_name="waitingoffer",
            name="told_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="told"),
        ),
        migrations.RunPython(all_were_told, forget_repeats),
        migrations.AddConstraint(
            model_name="waitingoffer",
            constraint=models.UniqueConstraint(
                fields=("entry", "doctor", "start"),
                condition=Q(told_at__isnull=False) | ~Q(status="withdrawn"),
                name="appointments_offered_once",
            ),
        ),
    ]
