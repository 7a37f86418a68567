"""Spectra of sounds and the network that finds calls in them; the only part with torch."""
