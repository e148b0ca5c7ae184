"""The keys of links, and what their holders may do."""

from appointments.links.services.keys import key_of, link_at

__all__ = ["key_of", "link_at"]
