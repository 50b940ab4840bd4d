//! Walks units through tiers, keeps instances and emits events; prints nothing.
