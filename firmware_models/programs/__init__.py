"""The four programs of a PE: input source, LIF layer, loss, optimizer. Each is a structure of arrays and one step kernel."""
