"""The place where a network of one's own is put together."""
