"""Postings out: nothing writes to a network but this, and nothing is sent that the journal does not hold."""
