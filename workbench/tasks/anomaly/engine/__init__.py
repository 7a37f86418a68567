"""What finds differences: everything with torch."""
