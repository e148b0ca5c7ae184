"""The database's own net against overlapping visits, on SQLite and on PostgreSQL."""

from django.db import migrations

from appointments import net


class Migration(migrations.Migration):
    dependencies = [("appointments", "0001_initial")]

    operations = [migrations.RunPython(net.spread, net.take_down)]
