"""A doctor away, or a place closed: which visits that touches, and what becomes of each of them.

Who enters it sees the visits first, with times instead; then one act does all or nothing.
"""
