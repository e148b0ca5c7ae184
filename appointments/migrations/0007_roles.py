"""The roles of the clinic's staff: Django groups, and what each may do.

What a role may not do is what is missing here. Only superusers change groups and who is staff.
"""

from django.contrib.auth.management import create_permissions
from django.db import migrations

RECEPTIONIST, MANAGER = "Receptionist", "Clinic manager"

# The day's work: the book, and the people in it. No logins, no settings, no doctors.
DESK = {
    "accounts": {"patient": "view add change"},
    "doctors": {
        "doctor": "view",
        "extrahours": "view",
        "language": "view",
        "location": "view",
        "specialty": "view",
        "timeoff": "view",
        "visittype": "view",
        "workinghours": "view",
    },
    "appointments": {"appointment": "view add change", "appointmentevent": "view"},
}
# All of the clinic, but for what superusers alone do.
WHOLE_CLINIC = {
    "accounts": {
        "apisession": "view change",
        "mail": "view change",
        "patient": "view add change",
        "patientaccess": "view add change",
        "user": "view add change",
    },
    "doctors": {
        "doctor": "view add change",
        "doctorevent": "view",
        "extrahours": "view add change delete",
        "language": "view add change delete",
        "location": "view add change",
        "specialty": "view add change delete",
        "timeoff": "view add change delete",
        "visittype": "view add change delete",
        "workinghours": "view add change delete",
    },
    "appointments": {
        "appointment": "view add change",
        "appointmentevent": "view",
        "bookingpolicy": "view add change",
    },
}
ROLES = {RECEPTIONIST: DESK, MANAGER: WHOLE_CLINIC}


def make_groups(apps, roles=ROLES):
    """Make the groups, and give them what stands above; what a clinic gave besides stays."""
    group_model = apps.get_model("auth", "Group")
    permission_model = apps.get_model("auth", "Permission")
    by_name = {
        (permission.content_type.app_label, permission.codename): permission
        for permission in permission_model.objects.select_related("content_type")
    }
    for name, granted in roles.items():
        group, _ = group_model.objects.get_or_create(name=name)
        group.permissions.add(
            *(
                by_name[app, f"{act}_{model}"]
                for app, models in granted.items()
                for model, acts in models.items()
                for act in acts.split()
            )
        )


def make_permissions(apps, schema_editor):
    """They come after all migrations otherwise, which is too late to give them."""
    for label in ("accounts", "doctors", "appointments"):
        app = apps.get_app_config(label)
        app.models_module = True
        create_permissions(app, apps=apps, verbosity=0, using=schema_editor.connection.alias)
        app.models_module = None


def make(apps, schema_editor):
    make_permissions(apps, schema_editor)
    make_groups(apps)


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0006_requests_end"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
