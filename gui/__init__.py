"""The desktop program: a window on `engine`. Parts share the session, not each other."""
