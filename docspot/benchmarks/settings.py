"""A clinic's settings, all but where the collected static files lie."""

import os
from pathlib import Path

from docspot.settings import *  # noqa: F403

STATIC_ROOT = Path(os.environ["BENCH_STATIC_ROOT"])
