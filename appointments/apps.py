from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AppointmentsConfig(AppConfig):
    name = "appointments"
    verbose_name = _("Appointments")

    def ready(self) -> None:
        from appointments import net

        # Django rebuilds SQLite tables in later migrations and drops their triggers without a word.
        post_migrate.connect(net.restore, sender=self)
