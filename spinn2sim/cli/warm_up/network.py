"""The least script that runs a network."""

from spinn2sim.spinnaker2 import hardware, snn

source = snn.Population(1, "spike_list", {0: [1]})
target = snn.Population(
    1, "lif", {"threshold": 1.0, "alpha_decay": 0.9, "i_offset": 0.0, "v_init": 0.0, "v_reset": 0.0}
)
network = snn.Network("warm-up")
network.add(source, target, snn.Projection(source, target, [[0, 0, 4, 1]]))
hardware.SpiNNaker2Chip().run(network, 5)
