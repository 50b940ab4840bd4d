//! Lines while long work runs.

/// Hears the lines of long work as they come. Any `Fn(&str)` is one.
pub trait Progress: Send + Sync {
    /// One line, without its end.
    fn line(&self, line: &str);
}

impl<F: Fn(&str) + Send + Sync> Progress for F {
    fn line(&self, line: &str) {
        self(line);
    }
}
