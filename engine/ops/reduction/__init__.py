"""Many elements into one."""
