"""A made-up clinic for demonstrations and benchmarks: pure generators, the same from one seed.

Nothing here reads or writes a database; the command seed_demo does. Inside, instants are whole
seconds since 1970, days are ordinals (as of `date.toordinal`), lengths are in seconds.
"""
