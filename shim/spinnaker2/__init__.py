"""With the folder above on PYTHONPATH, `import spinnaker2` gives the simulated chip in any program."""

from spinn2sim.spinnaker2.alias import install

install()
