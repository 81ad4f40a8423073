"""The weekly session: when it is, and what is told of it."""
