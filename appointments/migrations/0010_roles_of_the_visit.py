"""What the clinic's staff may do with the waiting list, with missed visits, with invitations."""

from importlib import import_module

from django.db import migrations

roles = import_module("appointments.migrations.0007_roles")

DESK = {
    "appointments": {
        "waitingentry": "view add change",
        "waitingoffer": "view",
        "waiver": "view add",
    }
}
WHOLE_CLINIC = {
    "accounts": {"invitation": "view"},
    "appointments": {
        "reminder": "view",
        "waitingentry": "view add change",
        "waitingoffer": "view",
        "waiver": "view add delete",
    },
}
ROLES = {roles.RECEPTIONIST: DESK, roles.MANAGER: WHOLE_CLINIC}


def make(apps, schema_editor):
    roles.make_permissions(apps, schema_editor)
    roles.make_groups(apps, ROLES)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_family"),
        ("appointments", "0009_the_whole_visit"),
    ]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
