//! Small stacks to deploy.

use cc_ci_model::{StackName, StackSpec};

pub use cc_ci_engine::contract::{service, whole_stack};

/// The nginx of the older Debian, the image that most tests run.
pub const NGINX: &str = "cc-ci/nginx:1.22";

/// A stack of one service `app` of `image` in the attachable network `<name>_default`.
///
/// # Panics
/// Where `name` is not a stack name.
#[must_use]
pub fn one_service(name: &str, image: &str) -> StackSpec {
    match StackName::new(name) {
        Ok(name) => cc_ci_engine::contract::one_service(&name, image),
        Err(error) => panic!("{error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_belongs_to_the_stack() {
        let stack = one_service("cust-abc123", NGINX);
        assert_eq!(stack.networks["default"].name, "cust-abc123_default");
        assert_eq!(stack.services["app"].image, NGINX);
    }

    #[test]
    #[should_panic(expected = "stack name")]
    fn a_bad_name_is_refused() {
        let _ = one_service("Not A Name", NGINX);
    }
}
