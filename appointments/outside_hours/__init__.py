"""Booked visits that the doctor's hours no longer have room for.

Hours, time off and zones change; a booked visit stays where it is until somebody moves it. Whoever
changes them is told which visits these are.
"""
