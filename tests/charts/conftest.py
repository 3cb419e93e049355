"""Hypothesis without deadlines: the machine may be busy."""

from hypothesis import settings

settings.register_profile("charts", deadline=None)
settings.load_profile("charts")
