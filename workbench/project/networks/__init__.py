"""Networks that people design: what they are made of, their arithmetic and their files; imports
neither Qt nor torch."""
