"""Sounds as the engine reads them, whatever a task learns from them."""
