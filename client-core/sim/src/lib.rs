//! Simulations of the machine in virtual time: no network, no clock, everything drawn from one seed.
