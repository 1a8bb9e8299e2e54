"""Evaluate a document: `evaluate(snapshot, previous) -> Run`; `Run.backward(node) -> Log`; `replay` folds a log."""
