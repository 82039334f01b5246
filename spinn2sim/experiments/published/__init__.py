"""One module per experiment, each with an EXPERIMENT and the name that `spinn2sim reproduce` takes."""
