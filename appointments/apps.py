from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class AppointmentsConfig(AppConfig):
    name = "appointments"
    verbose_name = _("Appointments")

    def ready(self) -> None:
        from appointments import net
        from appointments.next_free import triggers as next_free
        from doctors.catalogue import triggers as catalogue

        # Django rebuilds SQLite tables in later migrations and drops their triggers without a word.
        for module in (net, next_free, catalogue):
            post_migrate.connect(module.restore, sender=self)
        pre_migrate.connect(net.make_way, sender=self)
