"""The program in the applications menu of a desktop. Imports no Qt."""
