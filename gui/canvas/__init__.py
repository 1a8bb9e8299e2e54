"""The canvas: view > scene > gestures > pulses > painting > faces > items; each imports only what stands right of it."""
