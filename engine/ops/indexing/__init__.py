"""Parts of a tensor, and tensors with parts replaced."""
