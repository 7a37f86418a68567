"""The Log place: all that was said, and problems with files."""
