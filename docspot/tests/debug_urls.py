"""The site map as it is while DEBUG is on."""

from docspot import urls
from docspot.urls import handler400, handler403, handler404, handler500  # noqa: F401

urlpatterns = [*urls.urlpatterns, *urls.for_developers(debug=True)]
