"""The Train place."""
