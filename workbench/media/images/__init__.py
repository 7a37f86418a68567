"""Image files: their headers, which ones are read, and what a picture looks like."""
