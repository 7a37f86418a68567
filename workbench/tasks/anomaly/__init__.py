"""Learning from good images alone, and finding what differs from them."""
