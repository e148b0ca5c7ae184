"""The configurations of the project package (checks, commands) and of its admin site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class DocspotConfig(AppConfig):
    name = "docspot"


class ClinicAdminConfig(AdminConfig):
    default_site = "docspot.admin.ClinicAdminSite"
