"""Photographs of doctors: taken in, made small and harmless, kept in the database, shown."""
