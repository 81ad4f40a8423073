"""Events in: the only way into the journal for what comes from a network."""
