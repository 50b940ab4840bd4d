//! Makes this machine able, and looks at it: the doctor's findings and fixes, the images, the registry, the edge and
//! samples.

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
pub mod sample;
mod settings;
mod space;
mod traces;

pub use command::CommandError;
pub use host::Host;
pub use lock::LockError;
pub use progress::Progress;
pub use settings::Settings;
