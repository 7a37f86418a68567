"""The Results place."""
