"""Products of matrices, systems of equations, decompositions."""
