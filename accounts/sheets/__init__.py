"""CSV files for the front desk: what is in the clinic's book, out and back in.

A file is read into lines (files), a line into values (shape, cells), all lines into a plan of what
would be added and changed (the sheet of each kind). The plan is shown; nothing is written before
somebody has seen it, and then all of it or nothing. There is no sheet of logins or of permissions.
"""
