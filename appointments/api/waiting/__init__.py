"""The waiting list for programs: join it, leave it, answer what is offered."""
