"""`make bench`: how fast DocSpot is, beside a Django that only says "ok", with bounds to keep.

Ratios, because seconds depend on the machine: each figure over HTTP is measured in turns with the
floor (floor.py), on the same machine, with the same server and the same number of its processes.
Nothing here is part of the product.
"""
