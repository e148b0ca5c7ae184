"""A person's own visits: the list, what is looked for in it, and the files to take it away in."""
