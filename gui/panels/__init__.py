"""The panels round the canvas. Each is given the session and knows nothing of the others."""
