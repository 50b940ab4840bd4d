//! For code hosts and editors: SARIF 2.1.0 (OASIS standard of 27 March 2020).

use serde_json::{Value, json};

use crate::finding::Finding;
use crate::report::{Allowed, LintReport, Status};
use crate::rule::{Rule, Severity};
use crate::rules::rules;

/// The reports as one SARIF log with one run. Files are named as `<folder>/<file>`.
#[must_use]
pub fn sarif(reports: &[LintReport]) -> String {
    let results: Vec<Value> = (reports.iter())
        .flat_map(|report| {
            let open = report.findings.iter().map(move |finding| result(report, finding));
            open.chain(report.allowed.iter().map(move |allowed| suppressed(report, allowed)))
        })
        .collect();
    let notes: Vec<Value> = reports.iter().flat_map(notifications).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "cc-ci lint",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules().iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": true,
                "toolConfigurationNotifications": notes,
            }],
            "results": results,
        }],
    });
    // The value is made of text keys, so it cannot fail to become text.
    serde_json::to_string_pretty(&log).unwrap_or_default()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn descriptor(rule: &Rule) -> Value {
    let family = if rule.id.starts_with('R') { "abra" } else { "cc-ci" };
    json!({
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.remedy},
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {"tags": [family]},
    })
}

fn result(report: &LintReport, finding: &Finding) -> Value {
    let index = rules().iter().position(|rule| rule.id == finding.rule);
    let mut location = json!({"physicalLocation": physical(report, finding)});
    if !finding.key.is_empty() {
        location["logicalLocations"] = json!([{"fullyQualifiedName": finding.key}]);
    }
    json!({
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": level(finding.severity),
        "message": {"text": finding.message},
        "locations": [location],
        "partialFingerprints": {
            "ccCiLint/v1": format!("{}/{}", report.recipe, finding.fingerprint),
        },
    })
}

/// A finding that a comment allows (3.35).
fn suppressed(report: &LintReport, allowed: &Allowed) -> Value {
    let mut result = result(report, &allowed.finding);
    result["suppressions"] = json!([{"kind": "inSource", "justification": allowed.reason}]);
    result
}

fn physical(report: &LintReport, finding: &Finding) -> Value {
    let file = finding.file.as_deref().unwrap_or("compose.yml");
    let folder = report.folder.trim_end_matches('/').trim_start_matches("./");
    let uri = if folder.is_empty() { file.to_owned() } else { format!("{folder}/{file}") };
    let mut place = json!({"artifactLocation": {"uri": encode(&uri)}});
    if let (Some(line), Some(column)) = (finding.line, finding.column) {
        place["region"] = json!({
            "startLine": line,
            "startColumn": column,
            "snippet": {"text": finding.source},
        });
    }
    place
}

/// Rules that could not be judged are notes: without a note, a reader would take the rule for passed.
fn notifications(report: &LintReport) -> Vec<Value> {
    let note = |rule: &Rule, reason: &str| {
        let text = format!("{}: {} was not checked: {reason}", report.recipe, rule.id);
        json!({"level": "note", "message": {"text": text}, "associatedRule": {"id": rule.id}})
    };
    (report.rules.iter())
        .filter_map(|checked| match &checked.status {
            Status::NotChecked(reason) => Some(note(checked.rule, reason)),
            Status::Passed | Status::Failed | Status::Allowed => None,
        })
        .collect()
}

/// A path as a URI reference (RFC 3986): everything but unreserved characters, `/` and `+` is
/// percent-encoded. An absolute path becomes a `file:` URI.
fn encode(path: &str) -> String {
    let mut out = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b'+' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
