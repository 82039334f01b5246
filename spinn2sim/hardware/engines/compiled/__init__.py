"""The compiled engine: the network and the programs in one loop over arrays, compiled by numba.

It gives the same times, counts and results as the discrete-event engine, which defines what is right. Reading order: `state` (the arrays),
`loop` (an instant), `wake`, `send`, `network_pass`, `way_in`, `router_pass`, `delivery`, `outcomes` (what the loop calls), `engine` (the
loop called from Python).
docs/reference/compiled-engine.md explains why a pass over the channels gives the same result as a queue of events.
"""

from spinn2sim.hardware.engines.compiled.engine import Compiled

__all__ = ["Compiled"]
