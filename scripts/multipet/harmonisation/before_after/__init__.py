"""What a harmonisation did: batches before and after it, by numbers that a reader can judge."""
