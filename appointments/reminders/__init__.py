"""Reminders: some days before a visit a mail says when and where it is."""
