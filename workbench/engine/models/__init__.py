"""The models behind the bundled recipes."""
