"""What the deployment check warns of."""

from docspot.checks import links_lead_to_the_clinic, mails_are_sent


def test_links_to_this_machine_are_warned_of(settings) -> None:
    settings.SITE_URL = "http://127.0.0.1:8000"
    assert [warning.id for warning in links_lead_to_the_clinic()] == ["docspot.W001"]
    settings.SITE_URL = "https://clinic.example"
    assert links_lead_to_the_clinic() == []


def test_mails_to_the_console_are_warned_of(settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert [warning.id for warning in mails_are_sent()] == ["docspot.W002"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert mails_are_sent() == []
