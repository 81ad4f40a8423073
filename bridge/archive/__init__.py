"""What remains of what was said: gathered from the journal, and told again."""
