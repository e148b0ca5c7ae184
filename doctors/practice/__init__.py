"""A doctor's own pages about themselves: who they are, and what they offer."""
