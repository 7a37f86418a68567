"""One file per disk format, reading and writing the types of ``core``."""
