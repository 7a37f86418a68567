"""A project that goes to another person: as one file, and what comes back of it."""
