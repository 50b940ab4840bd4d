//! Declared volumes.

use cc_ci_model::VolumeSpec;

use super::networks::{external, refuse_with_external};
use super::{Context, pairs};
use crate::yaml::{At, Problem};

/// Reads one declared volume.
pub(crate) fn volume(at: &At<'_>, key: &str, cx: &Context<'_>) -> Result<VolumeSpec, Problem> {
    let fields = at.fields_or_nothing(&["name", "external", "driver", "driver_opts", "labels"])?;
    let (external, name) = external(&fields)?;
    if external {
        for own in ["driver", "driver_opts", "labels"] {
            refuse_with_external(&fields, own)?;
        }
    }
    Ok(VolumeSpec {
        name: name.unwrap_or_else(|| if external { key.to_owned() } else { cx.scoped(key) }),
        external,
        driver: fields.text("driver")?,
        options: fields.read("driver_opts", pairs::labels)?.unwrap_or_default(),
        labels: fields.read("labels", pairs::labels)?.unwrap_or_default(),
    })
}
