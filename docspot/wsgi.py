"""The WSGI entry point: `gunicorn docspot.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "docspot.settings")

application = get_wsgi_application()
