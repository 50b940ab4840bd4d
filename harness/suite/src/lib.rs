//! Reads suites into a plan of tiers and checks; pure.
