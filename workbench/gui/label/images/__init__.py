"""The Images place."""
