"""The keys of links: made, renewed.

What their holders do (acting.py) is imported from its own module: it calls the core's services,
which send mails, which carry these keys.
"""

from appointments.links.services.keys import end_links, key_of

__all__ = ["end_links", "key_of"]
