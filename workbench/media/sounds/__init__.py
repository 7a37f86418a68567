"""Signal processing for sounds, without a window."""
