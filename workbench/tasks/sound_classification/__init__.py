"""Telling sounds apart: one class per clip or window."""
