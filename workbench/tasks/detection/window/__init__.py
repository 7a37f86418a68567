"""Results of detectors in the window. Imports Qt."""
