"""The numbers behind each figure, aggregated before anything is drawn; it never draws."""
