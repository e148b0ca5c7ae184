"""The waiting list: who wants an earlier time is offered one that becomes free, before others."""
