"""When somebody was told of an offer, and who did what with a place on the waiting list.

Who was never told of an offer may be offered that time again.
"""

import django.db.models.deletion
from django.conf import settings
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
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
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
        migrations.CreateModel(
            name="WaitingEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("joined", "Put on the list"),
                            ("changed", "Other days or hours"),
                            ("first", "Let go first"),
                            ("paused", "Paused"),
                            ("resumed", "Resumed"),
                            ("left", "Left the list"),
                            ("accepted", "Took a kept time"),
                            ("declined", "Let a kept time go"),
                        ],
                        max_length=10,
                        verbose_name="what",
                    ),
                ),
                (
                    "by_link",
                    models.BooleanField(
                        default=False,
                        help_text="Whoever acted held the link of a mail, and was not asked to log in.",
                        verbose_name="through a mail's link",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="when")),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="waiting_events",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="appointments.waitingentry",
                        verbose_name="for",
                    ),
                ),
            ],
            options={
                "verbose_name": "event of the waiting list",
                "verbose_name_plural": "events of the waiting list",
                "ordering": ["id"],
            },
        ),
    ]
