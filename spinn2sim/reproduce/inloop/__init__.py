"""What experiments in the loop with the modelled analog substrate share: tasks, and a device that counts; it judges no result."""
