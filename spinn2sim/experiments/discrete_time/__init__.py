"""Recurrent spiking networks on a time grid, trained by surrogate gradients or discretised EventProp; it knows no chip."""
