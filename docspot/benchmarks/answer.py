"""`python -m docspot.benchmarks.answer MODULE`: a fresh process in which Django is set up.

Hands the question, JSON on standard input, to `answer` of that module of this package, and writes
what it returns, as JSON.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module

import django


def main() -> None:
    django.setup()
    module = import_module(f"docspot.benchmarks.{sys.argv[1]}")
    json.dump(module.answer(json.load(sys.stdin)), sys.stdout)


if __name__ == "__main__":
    main()
