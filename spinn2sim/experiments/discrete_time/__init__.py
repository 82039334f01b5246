"""Recurrent spiking networks on a time grid, trained by surrogate gradients or by discretised EventProp."""
