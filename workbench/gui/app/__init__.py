"""The state that every place is given: project, engine, actions, settings, messages."""
