//! Logs as programs write them, each with the line that a person would point at.

use rstest::rstest;

use super::*;

fn line(log: &str) -> String {
    last_words(log).unwrap().line
}

#[rstest]
#[case::a_script(
    "starting\nfatal: no database is configured\nentrypoint.sh exited with 1\n\n\n",
    "fatal: no database is configured"
)]
#[case::a_script_that_says_no_error(
    "starting\nno database here\nexited with 1",
    "no database here"
)]
#[case::colours(
    "\u{1b}[31mfatal: no database is configured\u{1b}[0m\n\u{1b}[0m",
    "fatal: no database is configured"
)]
#[case::only_a_wrapper("entrypoint.sh exited with 1", "entrypoint.sh exited with 1")]
#[case::a_wrapper_with_a_reason(
    "migrating\nmigration exited with 3: relation \"users\" already exists\nbye",
    "migration exited with 3: relation \"users\" already exists"
)]
#[case::shell(
    "/entrypoint.sh: line 12: DB_HOST: unbound variable",
    "/entrypoint.sh: line 12: DB_HOST: unbound variable"
)]
#[case::xtrace(
    "+ test -n ''\nsh: DOMAIN: parameter not set\n+ exit 2",
    "sh: DOMAIN: parameter not set"
)]
#[case::cut_off("fatal: no database is conf", "fatal: no database is conf")]
#[case::no_error_in_it("0 errors found\nlistening\nno errors", "no errors")]
#[case::an_option(
    "Error: unknown flag: --bind\nUsage:\n  server [flags]\n  --error-log string   path of the error log",
    "Error: unknown flag: --bind"
)]
fn scripts(#[case] log: &str, #[case] expected: &str) {
    assert_eq!(line(log), expected);
}

#[rstest]
#[case::python(
    "Traceback (most recent call last):\n  File \"/app/a.py\", line 3, in <module>\n    main()\n    ^^^^^^\nValueError: DATABASE_URL is not set\n",
    "ValueError: DATABASE_URL is not set"
)]
#[case::python_direct_cause(
    "Traceback (most recent call last):\n  File \"a.py\", line 1, in c\npsycopg2.OperationalError: could not translate host name \"db\" to address: Name or service not known\n\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n  File \"b.py\", line 2, in d\ndjango.db.utils.OperationalError: the database is away",
    "psycopg2.OperationalError: could not translate host name \"db\" to address: Name or service not known"
)]
#[case::python_while_handling(
    "Traceback (most recent call last):\n  File \"environ.py\", line 1\nKeyError: 'SECRET_KEY'\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"settings.py\", line 2\ndjango.core.exceptions.ImproperlyConfigured: Set the SECRET_KEY environment variable\n",
    "django.core.exceptions.ImproperlyConfigured: Set the SECRET_KEY environment variable"
)]
#[case::gunicorn(
    "[2026-11-29 20:36:01 +0000] [7] [ERROR] Exception in worker process\nTraceback (most recent call last):\n  File \"a.py\", line 1, in b\n    import x\nModuleNotFoundError: No module named 'x'\n[2026-11-29 20:36:01 +0000] [7] [INFO] Worker exiting (pid: 7)\n[2026-11-29 20:36:02 +0000] [1] [ERROR] Worker (pid:7) exited with code 3\n[2026-11-29 20:36:02 +0000] [1] [ERROR] Shutting down: Master\n[2026-11-29 20:36:02 +0000] [1] [ERROR] Reason: Worker failed to boot.",
    "ModuleNotFoundError: No module named 'x'"
)]
#[case::pydantic(
    "Traceback (most recent call last):\n  File \"a.py\", line 1\npydantic_core._pydantic_core.ValidationError: 1 validation error for Settings\ndatabase_url\n  Field required [type=missing]",
    "pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings database_url Field required [type=missing]"
)]
#[case::java(
    "Exception in thread \"main\" java.lang.RuntimeException: cannot start\n\tat a.B.c(B.java:3)\n\tat a.B.main(B.java:9)\nCaused by: java.net.ConnectException: Connection refused\n\tat d.E.f(E.java:1)\n\t... 12 more\n",
    "java.net.ConnectException: Connection refused"
)]
#[case::spring(
    "2026-11-29 20:36:01.123 ERROR 1 --- [main] o.s.b.d.LoggingFailureAnalysisReporter :\n\n***************************\nAPPLICATION FAILED TO START\n***************************\n\nDescription:\n\nFailed to configure a DataSource: 'url' attribute is not specified.\n\nReason: Failed to determine a suitable driver class\n\n\nAction:\n\nConsider the following:\n\tIf you want an embedded database, put it on the classpath.\n",
    "Failed to determine a suitable driver class"
)]
#[case::node(
    "/app/index.js:10\n    throw new Error('x');\n    ^\n\nError: DATABASE_URL is missing\n    at Object.<anonymous> (/app/index.js:10:11)\n    at Module._compile (node:internal/modules/cjs/loader:1256:14)\n\nNode.js v18.19.0\nnpm ERR! code ELIFECYCLE\nnpm ERR! errno 1\nnpm ERR! app@1.0.0 start: `node index.js`\nnpm ERR! Exit status 1\n",
    "Error: DATABASE_URL is missing"
)]
#[case::node_cause(
    "TypeError: fetch failed\n    at node:internal/deps/undici/undici:12345:11 {\n  [cause]: Error: getaddrinfo ENOTFOUND db\n      at GetAddrInfoReqWrap.onlookup (node:dns:107:26) {\n    errno: -3008,\n    code: 'ENOTFOUND'\n  }\n}\n",
    "Error: getaddrinfo ENOTFOUND db"
)]
#[case::go(
    "2026/11/29 20:36:01 starting\npanic: open /etc/app/config.yml: no such file or directory\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:10 +0x1d\nexit status 2\n",
    "panic: open /etc/app/config.yml: no such file or directory"
)]
#[case::go_log("2026/11/29 20:36:01 no database is configured", "no database is configured")]
#[case::ruby(
    "/app/config.rb:3:in `fetch': key not found: \"SECRET_KEY_BASE\" (KeyError)\n\tfrom /app/config.rb:3:in `<main>'\n",
    "key not found: \"SECRET_KEY_BASE\" (KeyError)"
)]
#[case::rails(
    "rails aborted!\nActiveRecord::ConnectionNotEstablished: could not connect to server\n/usr/lib/ruby/a.rb:3:in `connect'\n\nCaused by:\nPG::ConnectionBad: could not translate host name \"db\"\n/usr/lib/ruby/b.rb:4:in `new'\nTasks: TOP => db:migrate\n(See full trace by running task with --trace)\n",
    "PG::ConnectionBad: could not translate host name \"db\""
)]
#[case::php(
    "PHP Fatal error:  Uncaught PDOException: SQLSTATE[HY000] [2002] Connection refused in /var/www/a.php:3\nStack trace:\n#0 /var/www/a.php(3): PDO->__construct()\n#1 {main}\n  thrown in /var/www/a.php on line 3\n",
    "PHP Fatal error:  Uncaught PDOException: SQLSTATE[HY000] [2002] Connection refused in /var/www/a.php:3"
)]
#[case::rust(
    "thread 'main' panicked at src/main.rs:3:5:\nno database is configured\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n",
    "thread 'main' panicked at src/main.rs:3:5: no database is configured"
)]
#[case::anyhow(
    "Error: cannot start\n\nCaused by:\n    0: cannot read settings\n    1: No such file or directory (os error 2)\n",
    "No such file or directory (os error 2)"
)]
#[case::dotnet(
    "Unhandled exception. System.InvalidOperationException: cannot start\n ---> System.Net.Sockets.SocketException (111): Connection refused\n   at A.B() in /src/A.cs:line 3\n   --- End of inner exception stack trace ---\n   at C.D()\n",
    "System.Net.Sockets.SocketException (111): Connection refused"
)]
#[case::elixir(
    "** (RuntimeError) environment variable DATABASE_URL is missing.\nFor example: ecto://USER:PASS@HOST/DATABASE\n    (app 0.1.0) config/runtime.exs:30: (file)\n    (stdlib 4.0) erl_eval.erl:1: :erl_eval.expr/6\n",
    "** (RuntimeError) environment variable DATABASE_URL is missing."
)]
fn stack_traces(#[case] log: &str, #[case] expected: &str) {
    assert_eq!(line(log), expected);
}

#[rstest]
#[case::postgres(
    "2026-11-29 20:36:01.123 UTC [1] FATAL:  database files are incompatible with server\n2026-11-29 20:36:01.123 UTC [1] DETAIL:  The data directory was initialized by PostgreSQL version 13, which is not compatible with this version 16.1.\n",
    "[1] FATAL:  database files are incompatible with server DETAIL: The data directory was initialized by PostgreSQL version 13, which is not compatible with this version 16.1."
)]
#[case::postgres_image(
    "Error: Database is uninitialized and superuser password is not specified.\n       You must specify POSTGRES_PASSWORD to a non-empty value for the\n       superuser. For example, \"-e POSTGRES_PASSWORD=password\" on \"docker run\".\n",
    "Error: Database is uninitialized and superuser password is not specified."
)]
#[case::a_file_that_is_missing(
    "/usr/local/bin/docker-entrypoint.sh: line 21: /run/secrets/db_password: No such file or directory\n",
    "/usr/local/bin/docker-entrypoint.sh: line 21: /run/secrets/db_password: No such file or directory"
)]
#[case::mariadb(
    "2026-11-29 20:36:01 0 [Note] Starting MariaDB\n2026-11-29 20:36:01 0 [ERROR] InnoDB: Upgrade after a crash is not supported.\n2026-11-29 20:36:01 0 [ERROR] Plugin 'InnoDB' init function returned error.\n2026-11-29 20:36:01 0 [ERROR] Unknown/unsupported storage engine: InnoDB\n2026-11-29 20:36:01 0 [ERROR] Aborting\n",
    "0 [ERROR] InnoDB: Upgrade after a crash is not supported."
)]
#[case::nginx(
    "/docker-entrypoint.sh: Configuration complete; ready for start up\n2026/11/29 20:36:01 [emerg] 1#1: host not found in upstream \"app\" in /etc/nginx/conf.d/site.conf:3\nnginx: [emerg] host not found in upstream \"app\" in /etc/nginx/conf.d/site.conf:3\n",
    "[emerg] 1#1: host not found in upstream \"app\" in /etc/nginx/conf.d/site.conf:3"
)]
#[case::redis(
    "1:M 29 Nov 2026 20:36:01.123 # Fatal error, can't open config file '/etc/redis.conf': No such file or directory\n",
    "1:M 29 Nov 2026 20:36:01.123 # Fatal error, can't open config file '/etc/redis.conf': No such file or directory"
)]
#[case::supervisord(
    "2026-11-29 20:36:01,123 INFO supervisord started with pid 1\n2026-11-29 20:36:02,123 INFO spawned: 'app' with pid 8\nfatal: no database is configured\n2026-11-29 20:36:03,123 INFO exited: app (exit status 1; not expected)\n2026-11-29 20:36:04,123 INFO gave up: app entered FATAL state, too many start retries too quickly\n",
    "fatal: no database is configured"
)]
#[case::supervisord_cannot_start(
    "2026-11-29 20:36:01,123 INFO spawnerr: can't find command '/app/run'\n2026-11-29 20:36:04,123 INFO gave up: app entered FATAL state, too many start retries too quickly\n",
    "INFO spawnerr: can't find command '/app/run'"
)]
#[case::klog(
    "E1129 20:36:01.123456       1 main.go:12] no config\nI1129 20:36:01.123456       1 main.go:13] done",
    "E1129 20:36:01.123456       1 main.go:12] no config"
)]
#[case::a_setting_is_no_error(
    "error reporting: on\nexec /sbin/tini: exec format error\nshutting down",
    "exec /sbin/tini: exec format error"
)]
#[case::an_error_that_speaks_of_the_end(
    "[ERROR] InnoDB: Upgrade after a crash is not supported. You must start up and shut down MariaDB 10.7 or earlier.\n[ERROR] Aborting",
    "[ERROR] InnoDB: Upgrade after a crash is not supported. You must start up and shut down MariaDB 10.7 or earlier."
)]
#[case::a_warning_before_it(
    "WARN: CACHE_URL is missing, using the default\nno usable disk, cannot start\nbye",
    "no usable disk, cannot start"
)]
#[case::level_of_info(
    "fatal: no disk\nINFO error reporting is on\nLOG:  all errors are logged",
    "fatal: no disk"
)]
fn servers(#[case] log: &str, #[case] expected: &str) {
    assert_eq!(line(log), expected);
}

#[rstest]
#[case::pino(
    "{\"level\":30,\"msg\":\"listening\"}\n{\"level\":60,\"err\":{\"type\":\"Error\",\"message\":\"no database is configured\",\"stack\":\"Error: x\"},\"msg\":\"boot failed\"}",
    "boot failed: no database is configured"
)]
#[case::zap(
    "{\"level\":\"fatal\",\"ts\":1.2,\"msg\":\"no database is configured\"}\n{\"level\":\"info\",\"msg\":\"bye\"}",
    "no database is configured"
)]
#[case::with_a_trace(
    "{\"event\":\"startup\",\"level\":\"error\",\"exc_info\":\"Traceback (most recent call last):\\n  File \\\"a.py\\\", line 1\\nValueError: no database\"}",
    "startup: ValueError: no database"
)]
#[case::cut_off(
    "{\"level\":\"error\",\"msg\":\"no database is configured\",\"stack\":\"at a (b",
    "no database is configured"
)]
#[case::logfmt(
    "time=\"2026-11-29T20:36:01Z\" level=info msg=\"all errors are logged\"\ntime=\"2026-11-29T20:36:01Z\" level=fatal msg=\"cannot start\" err=\"dial tcp: lookup db: no such host\"",
    "cannot start: dial tcp: lookup db: no such host"
)]
#[case::info_with_bad_words(
    "{\"level\":\"error\",\"msg\":\"no disk\"}\n{\"level\":\"info\",\"msg\":\"error log is /dev/stderr\"}",
    "no disk"
)]
fn structured(#[case] log: &str, #[case] expected: &str) {
    assert_eq!(line(log), expected);
}

#[test]
fn the_tail_has_the_last_lines_and_nothing_is_said_of_silence() {
    let log: String = (1..=30).map(|n| format!("line {n}\n")).collect();
    let said = last_words(&format!("{log}\n \n\r\n")).unwrap();
    let tail: Vec<_> = said.tail.lines().collect();
    assert_eq!((tail.len(), tail[0], tail[19]), (20, "line 11", "line 30"));
    assert_eq!(last_words("\n \r\n\u{1b}[0m\n"), None);
    assert_eq!(last_words(""), None);
}

#[test]
fn a_long_line_keeps_both_ends() {
    let log = format!("Error: {}: secret \"token\" not found", "a: ".repeat(400));
    let line = line(&log);
    assert!(line.chars().count() <= WIDEST, "{}", line.chars().count());
    assert!(line.starts_with("Error: a") && line.ends_with("secret \"token\" not found"), "{line}");
}

/// What is printed long before the end is not why it ended, where the end says something itself.
#[test]
fn an_old_failure_is_not_the_cause() {
    let calm: String = (1..=60).map(|n| format!("request {n}\n")).collect();
    let log = format!("fatal: no cache\n{calm}error: no database is configured\n");
    assert_eq!(line(&log), "error: no database is configured");
    assert_eq!(line(&format!("fatal: no cache\n{calm}")), "fatal: no cache");
}

#[rstest]
#[case::psql(
    "SET\nALTER TABLE\nERROR:  relation \"t\" already exists\n",
    Some("ERROR:  relation \"t\" already exists")
)]
#[case::several(
    "ERROR:  relation exists\nDETAIL:  Key exists.\nERROR:  multiple primary keys\n",
    Some("ERROR:  relation exists")
)]
#[case::mysql(
    "ERROR 1062 (23000) at line 4: Duplicate entry\n",
    Some("ERROR 1062 (23000) at line 4: Duplicate entry")
)]
#[case::nothing_wrong("SET\nCOPY 4\n", None)]
#[case::nothing("", None)]
fn an_error_is_a_line_of_its_own(#[case] log: &str, #[case] line: Option<&str>) {
    assert_eq!(error_line(log).as_deref(), line);
}
