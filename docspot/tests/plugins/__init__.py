"""Plugins of pytest: which database the tests run on, and what they say they could not run."""
