//! What cannot work is refused with a clear word, a hint and the right exit code.

#[path = "bad_input/arguments.rs"]
mod arguments;
#[path = "bad_input/engine.rs"]
mod engine;
#[path = "bad_input/hanging.rs"]
mod hanging;
#[path = "bad_input/node.rs"]
mod node;
#[path = "bad_input/recipe.rs"]
mod recipe;

const PROGRAM: &str = env!("CARGO_BIN_EXE_cc-ci");
const PROJECT: &str = env!("CARGO_MANIFEST_DIR");
/// No engine listens here.
const NO_ENGINE: (&str, &str) = ("DOCKER_HOST", "unix:///nonexistent/engine.sock");
