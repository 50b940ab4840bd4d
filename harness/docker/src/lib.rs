//! The only crate that names bollard: the Swarm adapter of the engine port.
