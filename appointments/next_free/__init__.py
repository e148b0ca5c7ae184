"""The next free times of each doctor, kept, so that ten thousand doctors can be sorted by them.

Free times are computed when asked for (appointments/selectors.py), and bookings ask nowhere else.
What is kept here only saves computing them for every doctor at once. It is right at every moment:

- each kept time says from when until when it is on offer, so that the passing of time changes
  nothing in the table;
- whatever changes a doctor's free times, on any path, raw SQL included, makes the database forget
  them in the same transaction (triggers.py);
- who asks first computes what is not known, and it is kept only if nothing has changed meanwhile.
"""
