"""What happened, as columns and counts; it never changes what happens."""
