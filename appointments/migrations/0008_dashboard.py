"""One index from which the figures of the front desk are read, in place of that on the place."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0007_roles"),
    ]

    operations = [
        migrations.AlterField(
            model_name="appointment",
            name="location",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="appointments",
                to="doctors.location",
                verbose_name="place",
            ),
        ),
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(
                fields=["location", "status", "start", "end", "doctor", "booked_at"],
                name="appointments_figures",
            ),
        ),
    ]
