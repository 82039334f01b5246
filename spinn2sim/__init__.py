"""spinn2sim: SpiNNaker2-style chips that train spiking networks on the chip; importing it compiles and loads nothing heavy."""

__version__ = "0.1.0"
