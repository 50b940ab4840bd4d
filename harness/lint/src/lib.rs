//! Judges a recipe by rules, each of them one file; pure.
