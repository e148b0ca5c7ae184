"""How large the photograph of a doctor may be when it comes, and is when it is kept."""

LARGEST_FILE = 5 * 1024 * 1024  # bytes
LARGEST_REQUEST = 64 * 1024 * 1024  # bytes; of more than this not even the end is waited for
MOST_PIXELS = 25_000_000  # a hundred megabytes of memory
SHORTEST_SIDE = 120  # pixels
SIDE = 240  # pixels, of the square that is kept: three times what the largest place for it shows
