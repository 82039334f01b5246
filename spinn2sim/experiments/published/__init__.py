"""One module per experiment, each with an EXPERIMENT; the module's name is the one that `spinn2sim reproduce` takes."""
