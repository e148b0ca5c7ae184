"""The configurations of the project package (checks, commands) and of its admin site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class DocspotConfig(AppConfig):
    name = "docspot"

    def ready(self) -> None:
        from docspot import checks  # noqa: F401 - registers them
        from docspot.logs import hide_keys

        hide_keys()


class ClinicAdminConfig(AdminConfig):
    default_site = "docspot.admin.ClinicAdminSite"
