"""Polls over many networks: how a ballot looks on each, how answers are read, and one tally."""
