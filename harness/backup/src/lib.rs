//! The backupbot label contract: what to save, hooks, dump proofs; restic through the engine port.
