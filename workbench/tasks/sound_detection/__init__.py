"""Finding calls in sounds: boxes in time and frequency."""
