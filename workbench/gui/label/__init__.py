"""The places where samples are labelled."""
