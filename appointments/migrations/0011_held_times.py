"""Times that are held for somebody block, on any path."""

import django.db.models.deletion
from django.db import migrations, models

from appointments import net
from appointments.next_free import triggers


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0010_roles_of_the_visit"),
        ("doctors", "0005_joining"),
    ]

    operations = [
        # Nothing has been held yet: the new column needs no default.
        migrations.AddField(
            model_name="heldtime",
            name="location",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="held_times",
                to="doctors.location",
                verbose_name="place",
            ),
        ),
        migrations.RunPython(triggers.put_up_for_held_times, triggers.take_down_for_held_times),
        migrations.RunPython(net.spread_over_held_times, net.take_down_over_held_times),
    ]
