"""The Audio place."""
