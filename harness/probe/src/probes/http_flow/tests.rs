//! The whole probe against an app in this process.

use std::net::SocketAddr;

use rstest::rstest;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::testing::{Authority, Gateway, error_kind, probe, serve, spec};
use crate::{Access, ProbeError, SpecError};

const TOKEN: &str = "t0ken/with \"all\" of it";
const CODE: &str = "c0de+1";

/// An app behind a login: a page with a form, a session cookie, a code in a redirect, a token for
/// the code, and something that only the token opens.
fn answer(request: &str) -> String {
    let line = request.lines().next().unwrap();
    let says = |text: &str| request.contains(text);
    let (status, headers, body) = match line.rsplit_once(' ').unwrap().0 {
        "GET /login" => (
            "200 OK",
            "set-cookie: sid=s3ssion; Path=/; HttpOnly\r\n",
            r#"<form><input type="hidden" name="csrf" value="a&amp;b"></form>"#.to_owned(),
        ),
        "POST /login" if says("cookie: sid=s3ssion\r\n") && says("csrf=a%26b&name=jo+e") => {
            ("302 Found", "location: /back?code=c0de%2B1&state=x\r\n", String::new())
        }
        "GET /back?code=c0de%2B1&state=x" if says("cookie: sid=s3ssion\r\n") => {
            ("200 OK", "", "welcome".to_owned())
        }
        "POST /token"
            if says("authorization: Basic bWU6cHc=\r\n") && says(r#"{"code":"c0de+1"}"#) =>
        {
            ("200 OK", "", json!({"access_token": TOKEN, "lives": 60}).to_string())
        }
        "GET /item/t0ken%2Fwith%20%22all%22%20of%20it" if says("x-kind: thing\r\n") => {
            ("200 OK", "", json!({"name": "thing", "of": [{"id": 7}], "echo": TOKEN}).to_string())
        }
        "PUT /note" if says("content-type: text/x\r\n") && says("\r\n\r\nlives 60") => {
            ("201 Created", "", String::new())
        }
        "GET /gone" => ("502 Bad Gateway", "", "Bad Gateway".to_owned()),
        "GET /far" => ("302 Found", "location: https://far.test:8443/\r\n", String::new()),
        "GET /two-lines" => ("200 OK", "", "one\ntwo".to_owned()),
        _ => ("403 Forbidden", "", format!("no: {TOKEN} {line}")),
    };
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n{body}")
}

async fn respond(mut stream: TcpStream) {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        let whole = |(head, body): &(&str, &str)| {
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
            body.len() >= length.map_or(0, |length| length.parse().unwrap())
        };
        match text.split_once("\r\n\r\n").filter(whole) {
            // It never answers.
            Some(_) if text.starts_with("GET /slow") => std::future::pending().await,
            Some(_) => {
                let _ = stream.write_all(answer(&text).as_bytes()).await;
                return;
            }
            _ => match stream.read_u8().await {
                Ok(byte) => request.push(byte),
                Err(_) => return,
            },
        }
    }
}

async fn app() -> (SocketAddr, Access) {
    let address = serve(respond).await;
    let gateway = Gateway::start([("app", address)]).await;
    (address, Authority::new().access(address, Some(gateway)))
}

async fn run(from: &str, with: Value) -> Result<(), ProbeError> {
    let probe = probe("http_flow", from, with);
    let run = probe.run(&app().await.1).await;
    let seen = probe.observed().unwrap();
    assert_eq!(seen.holds(), run.is_ok(), "{run:?}: {seen:?}");
    // What the session learnt is no part of what it saw.
    let said = format!("{seen:?}");
    for secret in [TOKEN, "t0ken", CODE, "c0de", "s3ssion"] {
        assert!(!said.contains(secret), "{said}");
    }
    run
}

fn whole() -> Vec<Value> {
    vec![
        json!({"url": "http://app/login", "capture": {"csrf": "input:csrf"}}),
        json!({"url": "http://app/login", "form": {"csrf": "$[csrf]", "name": ["jo e"]},
            "status": 302, "capture": {"back": "header:location",
            "code": "query:code of header:location"}}),
        json!({"url": "$[back]", "contains": "welcome"}),
        json!({"url": "http://app/token", "basic": {"user": "me", "password": "pw"},
            "json": {"code": "$[code]"},
            "capture": {"token": "json:access_token", "lives": "json:lives"}}),
        json!({"url": "http://app/item/$[token]", "request_header": {"x-kind": "thing"},
            "json_is": {"name": "thing", "of.0.id": 7, "/of/0/id": "7", "echo": "$[token]"}}),
        json!({"url": "http://app/note", "method": "PUT", "body": "lives $[lives]",
            "request_header": {"content-type": "text/x"}, "status": 201}),
    ]
}

#[rstest]
#[case::inside("network", "http://app/")]
#[case::visitor("edge", "http://app.test/")]
#[tokio::test]
async fn one_answer_leads_to_the_next(#[case] from: &str, #[case] origin: &str) {
    let steps = json!({ "steps": whole() }).to_string().replace("http://app/", origin);
    run(from, serde_json::from_str(&steps).unwrap()).await.unwrap();
}

#[tokio::test]
async fn on_the_host_ports_count() {
    let (address, _) = app().await;
    let origin = format!("http://app:{}/", address.port());
    let steps = json!({ "steps": whole() }).to_string().replace("http://app/", &origin);
    let probe = probe("http_flow", "host", serde_json::from_str(&steps).unwrap());
    probe.run(&Access::default()).await.unwrap();
}

#[tokio::test]
async fn every_run_is_a_session_of_its_own() {
    let access = app().await.1;
    let probe = probe("http_flow", "network", json!({ "steps": whole() }));
    probe.run(&access).await.unwrap();
    probe.run(&access).await.unwrap();
}

#[tokio::test]
async fn without_cookies_nobody_is_known_again() {
    let error = run("network", json!({"steps": whole(), "cookies": false})).await.unwrap_err();
    let said = error.to_string();
    assert!(said.starts_with("step 2 of 6: POST http://app/login answered 403, not 302"), "{said}");
}

/// Each replaces the setting of one step of the whole conversation.
#[rstest]
#[case::status(3, "status", json!(201),
    "step 4 of 6: POST http://app/token answered 200, not 201: \
     \"{\\\"access_token\\\":\\\"[hidden]\\\",\\\"lives\\\":60}\"")]
#[case::capture(0, "capture", json!({"csrf": "input:token"}),
    "step 1 of 6: GET http://app/login gave an answer that has no form field \"token\"; \
     its fields are: csrf: nothing to capture as csrf")]
#[case::json(3, "capture", json!({"token": "json:acess_token"}),
    "step 4 of 6: POST http://app/token gave an answer that has no \"acess_token\"; \
     instead of \"acess_token\" there are access_token, lives: nothing to capture as token")]
#[case::value(4, "json_is", json!({"of.0.id": 8}),
    "step 5 of 6: GET http://app/item/$[token] gave 7 at \"of.0.id\", not 8")]
#[case::known_value(4, "json_is", json!({"echo": "thing"}),
    "step 5 of 6: GET http://app/item/$[token] gave \"$[token]\" at \"echo\", not \"thing\"")]
#[case::known_text(4, "contains", json!("no $[code]"),
    "step 5 of 6: GET http://app/item/$[token] answered without \"no $[code]\": \
     \"{\\\"echo\\\":\\\"$[token]\\\",\\\"name\\\":\\\"thing\\\",\\\"of\\\":[{\\\"id\\\":7}]}\"")]
#[case::no_entry(4, "request_header", json!({}),
    "step 5 of 6: GET http://app/item/$[token] answered 403, not 200: \"no: $[token] \
     GET /item/$[token] HTTP/1.1\"")]
#[case::address(2, "header", json!({"location": "/x"}),
    "step 3 of 6: GET $[back] answered with header location [], not \"/x\"")]
#[case::where_to(1, "header", json!({"location": "/x"}),
    "step 2 of 6: POST http://app/login answered with header location [\"/back?[hidden]\"], \
     not \"/x\"")]
#[tokio::test]
async fn a_failure_names_its_step_and_no_secret(
    #[case] at: usize,
    #[case] key: &str,
    #[case] value: Value,
    #[case] expected: &str,
) {
    let mut steps = whole();
    steps[at][key] = value;
    // What later steps would use is of no interest.
    if key == "capture" {
        steps.iter_mut().skip(at + 1).for_each(|step| *step = json!({"url": "http://app/x"}));
    }
    let error = run("network", json!({ "steps": steps })).await.unwrap_err();
    assert_eq!(error_kind(&Err(error.clone())), "unmet");
    let said = error.to_string();
    assert_eq!(said, expected);
    assert!(!said.contains(TOKEN) && !said.contains(CODE), "{said}");
}

#[rstest]
#[case::silence("network", "http://nobody/", "no answer")]
#[case::own_answer("edge", "http://app.test/gone", "not serving")]
#[tokio::test]
async fn who_is_at_fault_stays_known(#[case] from: &str, #[case] url: &str, #[case] kind: &str) {
    let first = url.replace("gone", "login").replace("nobody", "app");
    let first = if first.ends_with("login") { first } else { format!("{first}login") };
    let result = run(from, json!({"steps": [{"url": first}, {"url": url}]})).await;
    assert_eq!(error_kind(&result), kind, "{result:?}");
    let said = result.unwrap_err().to_string();
    assert!(said.contains("step 2 of 2: "), "{said}");
}

/// What an answer says is foreign, and may not lead just anywhere.
#[rstest]
#[case::port(json!({"url": "$[got]"}), "http://app.test/far", "header:location",
    "step 2 of 2: $[got]: what was captured does not fit: \
     probe http_flow: key \"url\" is with a port; expected no port, because the edge has the usual ones")]
#[case::header(json!({"url": "http://app.test/", "request_header": {"x": "$[got]"}}),
    "http://app.test/two-lines", "body",
    "step 2 of 2: http://app.test/: what was captured does not fit: \
     probe http_flow: key \"request_header\" is no header; expected a table from name to value")]
#[tokio::test]
async fn what_was_captured_has_to_fit(
    #[case] second: Value,
    #[case] url: &str,
    #[case] source: &str,
    #[case] expected: &str,
) {
    let first = json!({"url": url, "status": [200, 302], "capture": {"got": source}});
    let error = run("edge", json!({"steps": [first, second]})).await.unwrap_err();
    assert_eq!(error.to_string(), expected);
}

#[test]
fn it_is_described_by_its_last_request_without_what_it_sends() {
    let mut steps = whole();
    steps.truncate(5);
    steps[4]["form"] = json!({"password": "hunter2"});
    let flow = probe("http_flow", "network", json!({ "steps": steps }));
    assert_eq!(
        flow.describe(),
        "5 requests in a row, of which the last, POST http://app/item/$[token] answers 200 \
         with \"/of/0/id\" as wanted with \"echo\" as wanted with \"name\" as wanted \
         with \"of.0.id\" as wanted"
    );
    let one = probe("http_flow", "network", json!({"steps": [{"url": "http://app/"}]}));
    assert_eq!(one.describe(), "GET http://app/ answers 200");
}

fn refuse(with: Value) -> SpecError {
    crate::build(&spec("http_flow", "edge", with)).err().expect("refused")
}

#[rstest]
#[case::no_steps(json!({}), "key \"steps\" is missing; expected a list of tables", None)]
#[case::empty(json!({"steps": []}), "key \"steps\" is an empty list", None)]
#[case::text(json!({"steps": ["x"]}), "key \"steps\" is a list with a text", None)]
#[case::cookies(json!({"steps": [{"url": "http://a.test/"}], "cookies": "yes"}),
    "key \"cookies\" is a text that does not fit; expected true or false", None)]
#[case::unknown_key(json!({"step": []}), "unknown key \"step\"", Some("did you mean \"steps\"?"))]
fn a_flow_needs_steps(#[case] with: Value, #[case] said: &str, #[case] hint: Option<&str>) {
    let error = refuse(with);
    assert!(error.to_string().contains(said), "{error}");
    if hint.is_some() {
        assert_eq!(error.hint().as_deref(), hint);
    }
}

#[rstest]
#[case::no_url(json!({}), "key \"url\" is missing", Some("add url to step 2"))]
#[case::slip(json!({"url": "http://a.test/", "contain": "x"}), "unknown key \"contain\"",
    Some("did you mean \"contains\"?"))]
#[case::unknown_name(json!({"url": "http://a.test/$[tokn]"}),
    "key \"url\" uses $[tokn], which no step before captures; there are csrf, token",
    Some("did you mean $[token]?"))]
#[case::own_capture(json!({"url": "http://a.test/$[own]", "capture": {"own": "body"}}),
    "key \"url\" uses $[own], which no step before captures", None)]
#[case::open(json!({"url": "http://a.test/", "body": "$[token"}), "key \"body\" has a placeholder without its end", None)]
#[case::host(json!({"url": "http://$[token].test/"}),
    "key \"url\" is with a placeholder in its host", None)]
#[case::port(json!({"url": "http://a.test:1/"}), "key \"url\" is with a port", None)]
#[case::two_bodies(json!({"url": "http://a.test/", "json": {}, "form": {}}),
    "key \"json\" is beside form; expected one of form, json and body", None)]
#[case::two_logins(json!({"url": "http://a.test/", "bearer": "x", "basic": {}}),
    "key \"bearer\" is beside basic", None)]
#[case::half_login(json!({"url": "http://a.test/", "basic": {"user": "hunter2"}}),
    "key \"basic\" is another table; expected a table with the texts `user`", None)]
#[case::form(json!({"url": "http://a.test/", "form": {"a": ["x", 1]}}),
    "key \"form\" is a table with a number", None)]
#[case::path(json!({"url": "http://a.test/", "json_is": {"a..b": 1}}),
    "key \"json_is\" is without a path", None)]
#[case::source(json!({"url": "http://a.test/", "capture": {"x": "jsn:hunter2"}}),
    "key \"capture\" is for x the unknown source \"jsn\", meant as \"json\"?; expected", None)]
#[case::name(json!({"url": "http://a.test/", "capture": {"a b": "body"}}),
    "key \"capture\" is with the name \"a b\"", None)]
#[case::method(json!({"url": "http://a.test/", "method": "post"}), "key \"method\"", None)]
fn a_step_that_is_not_one_is_named(
    #[case] step: Value,
    #[case] said: &str,
    #[case] hint: Option<&str>,
) {
    let capture = json!({"token": "json:access_token", "csrf": "input:csrf"});
    let first = json!({"url": "http://a.test/", "capture": capture});
    let error = refuse(json!({"steps": [first, step]}));
    let told = error.to_string();
    assert!(told.contains(said) && told.ends_with(" (in step 2 of 2)"), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
    assert_eq!(error.hint().as_deref(), hint);
}

#[rstest]
#[case::the_middle(&["/login", "/slow", "/login"], "step 2 of 3, GET http://app:7/slow answers 200")]
#[case::the_first(&["/slow", "/login"], "step 1 of 2, GET http://app:7/slow answers 200")]
#[case::the_only_one(&["/slow"], "GET http://app:7/slow answers 200")]
#[tokio::test]
async fn a_try_that_hangs_names_its_step(#[case] paths: &[&str], #[case] expected: &str) {
    let (_, access) = app().await;
    let steps: Vec<_> =
        paths.iter().map(|path| json!({"url": format!("http://app:7{path}")})).collect();
    let probe = probe("http_flow", "network", json!({"steps": steps}));
    let limit = std::time::Duration::from_millis(500);
    assert!(tokio::time::timeout(limit, probe.run(&access)).await.is_err());
    assert_eq!(probe.at(), expected);
}
