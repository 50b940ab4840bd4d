//! Where the engine's daemon sends what containers print.

use cc_ci_model::{Logging, StackSpec};

use crate::{Grant, Need, grant, object};

/// Drivers that keep the log with the container, or keep none.
const FREE: [&str; 4] = ["", "json-file", "local", "none"];

/// Options of those drivers that are about size and form. Source: the option tables of `json-file`
/// and `local` in Docker's documentation, chapter "Configure logging drivers".
const FORM: [&str; 10] = [
    "max-size",
    "max-file",
    "compress",
    "labels",
    "labels-regex",
    "env",
    "env-regex",
    "tag",
    "mode",
    "max-buffer-size",
];

const WHY: &str = "the engine's daemon writes the log as root and connects from the node, not from \
                   the container";

pub(crate) fn needs(spec: &StackSpec) -> Vec<Need> {
    let logged = spec.services.iter();
    let logged = logged.filter_map(|(name, service)| Some((name, service.logging.as_ref()?)));
    logged.flat_map(|(name, logging)| of_service(spec, name, logging)).collect()
}

fn of_service(spec: &StackSpec, service: &str, logging: &Logging) -> Vec<Need> {
    let Logging { driver, options } = logging;
    let mut needs = Vec::new();
    if !FREE.contains(&driver.as_str()) {
        let what = format!("logs through the driver {driver}");
        let grant = Grant::LogDriver(driver.clone());
        needs.push(Need::service(service, what, WHY, grant).below(&["logging", "driver"]));
    }
    let beyond = |name: &str| !(FREE.contains(&driver.as_str()) && FORM.contains(&name));
    for (name, value) in options.iter().filter(|(name, _)| beyond(name)) {
        let value = value.trim();
        // Only an address belongs into the grant: another value can be a token.
        let shown = if is_address(value) && grant::is_plain(value) {
            format!("{name}={}", object::portable(spec, value))
        } else {
            name.clone()
        };
        let what = format!("sets the log option {shown}");
        let grant = Grant::LogOption(shown);
        needs.push(Need::service(service, what, WHY, grant).below(&["logging", "options", name]));
    }
    needs
}

/// True for `tcp://host:514`, `host:24224` and `unixgram:///dev/log`.
fn is_address(value: &str) -> bool {
    let port = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    value.contains("://") || value.rsplit_once(':').is_some_and(|(_, after)| port(after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{app, asked};

    fn logs(driver: &str, options: &[(&str, &str)]) -> StackSpec {
        let options = options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let driver = driver.to_owned();
        app(|app| app.logging = Some(Logging { driver, options }))
    }

    #[rstest::rstest]
    #[case::syslog("syslog", &[("syslog-address", "tcp://127.0.0.1:28998")],
        &["log-driver:syslog", "log-option:syslog-address=tcp://127.0.0.1:28998"])]
    #[case::gelf("gelf", &[("gelf-address", "udp://10.0.0.1:12201")],
        &["log-driver:gelf", "log-option:gelf-address=udp://10.0.0.1:12201"])]
    #[case::fluentd("fluentd", &[("fluentd-address", "10.0.0.1:24224")],
        &["log-driver:fluentd", "log-option:fluentd-address=10.0.0.1:24224"])]
    #[case::a_token_stays_out("splunk", &[("splunk-token", "hush")],
        &["log-driver:splunk", "log-option:splunk-token"])]
    #[case::plugin("acme/logs", &[], &["log-driver:acme/logs"])]
    #[case::journal("journald", &[], &["log-driver:journald"])]
    #[case::an_address_without_a_driver("", &[("syslog-address", "tcp://127.0.0.1:1")],
        &["log-option:syslog-address=tcp://127.0.0.1:1"])]
    #[case::unknown_option("json-file", &[("path", "/etc/cron.d/x")], &["log-option:path"])]
    #[case::form_of_another_driver("awslogs", &[("tag", "x")],
        &["log-driver:awslogs", "log-option:tag"])]
    fn is_asked_for(
        #[case] driver: &str,
        #[case] options: &[(&str, &str)],
        #[case] grants: &[&str],
    ) {
        assert_eq!(asked(needs, &logs(driver, options)), grants);
    }

    #[rstest::rstest]
    #[case::json("json-file", &[("max-size", "20m"), ("max-file", "5")])]
    #[case::local("local", &[("compress", "true")])]
    #[case::none("none", &[])]
    #[case::default("", &[("max-size", "1m")])]
    fn is_free(#[case] driver: &str, #[case] options: &[(&str, &str)]) {
        assert!(needs(&logs(driver, options)).is_empty());
    }
}
