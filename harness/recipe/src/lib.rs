//! Reads a recipe's files into a stack specification, with errors that name file, line and key.
