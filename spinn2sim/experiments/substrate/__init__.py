"""A model of an analog substrate: circuits that differ, noise, coarse weights, and limits on what can be measured."""
