//! Makes this machine able: the doctor's findings and fixes, the images, the registry and the edge.

mod apt;
mod command;
pub mod daemon;
pub mod doctor;
mod host;
mod http;
pub mod images;
pub mod infra;
mod lock;
mod progress;
mod settings;
mod traces;

pub use command::CommandError;
pub use host::Host;
pub use lock::LockError;
pub use progress::Progress;
pub use settings::Settings;
