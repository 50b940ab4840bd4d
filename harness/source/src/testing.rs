//! Small repositories for tests.
