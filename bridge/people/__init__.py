"""Who is bridged, by their own word."""
