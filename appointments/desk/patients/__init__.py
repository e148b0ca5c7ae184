"""A patient as the desk needs to know them: how to reach them, their visits."""
