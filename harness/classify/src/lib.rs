//! Turns a dossier into a class or asks for the next experiment; pure.
