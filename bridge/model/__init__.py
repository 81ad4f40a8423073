"""Pure values and rules: ids, text, messages. No I/O and no clock in here."""
