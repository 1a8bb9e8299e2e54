"""Questions about elements: comparisons and logic."""
