//! Brings recipes from folders and git repositories into checkouts of exact commits.
