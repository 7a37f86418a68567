"""Measurements of labelled and of found objects."""
