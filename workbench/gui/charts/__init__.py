"""Curves that grow while one watches."""
