"""The document in other languages: as a script for torch."""
