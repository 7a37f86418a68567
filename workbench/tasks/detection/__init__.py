"""Finding objects in images: boxes with a class and a score."""
