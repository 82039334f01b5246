"""A modelled analog substrate: circuits that differ, noise, coarse weights, limited sight; a model, never measured hardware."""
