//! Arguments, settings, printer and exit codes: the only crate that reads the environment, prints and exits.
