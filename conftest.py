"""The fixtures of all tests; here, because they need Django to be set up before they are read."""

pytest_plugins = ["docspot.tests.fixtures"]
