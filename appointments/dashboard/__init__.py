"""How the clinic is doing, in figures and bars: the first page of the admin.

Nothing is kept: each time the figures are counted from the book as it is.
"""
