//! Recipes as they were reported to be wrong, each with all rules that speak of it and no other.
//!
//! The name of a case is the one of its report. What is not lint's to know is answered elsewhere:
//! - a service that joins the node's network (`b01`, `b42`) is a power: `policy` refuses it by name until it is
//!   granted (`harness/policy/src/host_network.rs`), and the gateway of a run leaves such networks out
//!   (`harness/runner/src/gateway/`);
//! - powers of `b40` beside the ignored key are `policy`'s (`capability.rs`, `sysctl.rs`);
//! - `b39` was never filled in and holds no recipe; what has a name twice is refused at reading
//!   (`harness/recipe/src/hostile_tests.rs`).
//!
//! Inputs that were reported beside recipes are answered elsewhere:
//! - dumps: `harness/dump/tests/reported.rs`, file by file;
//! - recipes that a stranger could send: `tests/hostile/powers.rs` (`p01`, `p02`, `p05`, `p10`, `p11`, `p12`, `p15`, `p20`,
//!   `p22`, and what grants itself something, as a folder and as a work tree of git), `tests/hostile/ceilings.rs` (`p07`,
//!   `p13`), `tests/hostile/secrets.rs` (`redact`), `tests/hostile/network.rs` (the neighbour).

mod support;

use std::collections::BTreeSet;

use cc_ci_lint::LintReport;

const README: &str = "<!-- metadata -->\n* **Category**: Apps\n* **Status**: 1\n* **Image**: nginx\n\
    * **Healthcheck**: yes\n* **Backups**: yes\n* **Email**: no\n* **Tests**: no\n* **SSO**: no\n<!-- endmetadata -->\n";

const COMPOSE: &str = r#"version: "3.8"
services:
  app:
    image: nginx:1.26.3
    networks: [proxy]
    volumes: ["content:/usr/share/nginx/html"]
    healthcheck: {test: ["CMD", "curl", "-f", "http://127.0.0.1/"], start_period: 10s}
    deploy:
      labels:
        - "traefik.enable=true"
        - "traefik.http.services.${STACK_NAME}.loadbalancer.server.port=80"
        - "traefik.http.routers.${STACK_NAME}.rule=Host(`${DOMAIN}`)"
        - "traefik.http.routers.${STACK_NAME}.entrypoints=web-secure"
        - "traefik.http.routers.${STACK_NAME}.tls.certresolver=${LETS_ENCRYPT_ENV}"
        - "coop-cloud.${STACK_NAME}.version=0.1.0+1.26.3"
        - "backupbot.backup=true"
  db:
    image: postgres:17.6
    networks: [internal]
    environment:
      - POSTGRES_PASSWORD_FILE=/run/secrets/db_pw
    secrets: [db_pw]
    volumes: ["pg:/var/lib/postgresql/data"]
    healthcheck: {test: ["CMD", "pg_isready"], start_period: 1m}
    deploy:
      labels:
        backupbot.backup.pre-hook: "sh -c 'pg_dump -U postgres postgres > /var/lib/postgresql/data/b.sql'"
        backupbot.backup.volumes.pg.path: "b.sql"
        backupbot.restore.post-hook: "sh -c 'psql -U postgres postgres < /var/lib/postgresql/data/b.sql'"
  web:
    image: nginx:1.26.3
    networks: [proxy, internal]
    environment: [STACK_NAME]
    configs: [{source: site, target: /etc/nginx/conf.d/site.conf}]
    healthcheck: {disable: true}
networks:
  proxy: {external: true}
  internal:
volumes: {content: {}, pg: {}}
configs:
  site: {name: "${STACK_NAME}_site_${SITE_VERSION}", file: site.conf.tmpl, template_driver: golang}
secrets:
  db_pw: {external: true, name: "${STACK_NAME}_db_pw_${SECRET_DB_PW_VERSION}"}
"#;

/// What stands around the compose file; `SITE` is the template.
fn report_of(compose: &str, site: &str, more: &str) -> LintReport {
    let text = format!(
        "== pass\n-- README.md\n{README}-- .env.sample\nTYPE=shop\nDOMAIN=shop.example.com\n\
         LETS_ENCRYPT_ENV=production\nSECRET_DB_PW_VERSION=v1\n-- abra.sh\nexport SITE_VERSION=v1\n\
         -- site.conf.tmpl\n{site}\n{more}-- compose.yml\n{compose}-- version\n0.1.0+1.26.3\n-- tags\n0.1.0+1.26.3\n"
    );
    let cases = support::cases(&text);
    assert_eq!((cases.len(), cases[0].kind.as_str()), (1, "pass"));
    cases[0].lint()
}

fn rules_of(compose: &str, site: &str, more: &str) -> Vec<String> {
    let report = report_of(compose, site, more);
    let found: BTreeSet<&str> = report.findings.iter().map(|finding| finding.rule).collect();
    found.into_iter().map(str::to_owned).collect()
}

const SITE: &str = "server { location / { proxy_pass http://{{ env \"STACK_NAME\" }}_app:80; } }";

/// What is edited, and into what; `\n` begins a line at the depth of the text that is replaced.
#[rstest::rstest]
#[case::b00_clean("", "", &[])]
#[case::b02_loopback_port("networks: [proxy]\n", "networks: [proxy]\n    ports: [\"127.0.0.1:8080:80\"]\n", &["C042"])]
#[case::b03_port_as_text("networks: [proxy]\n", "networks: [proxy]\n    ports: [{target: 80, published: \"8080\"}]\n", &["C001"])]
#[case::b04_no_port_label("        - \"traefik.http.services.${STACK_NAME}.loadbalancer.server.port=80\"\n", "", &["C022"])]
#[case::b06_top_name("version: \"3.8\"\n", "version: \"3.8\"\nname: shop\n", &["C001"])]
#[case::b07_braces_in_env("environment: [STACK_NAME]", "environment: [STACK_NAME, \"LOG={{.RemoteAddr}}\"]", &["C047"])]
#[case::b09_middleware_of_docker(".entrypoints=web-secure\"", ".middlewares=file-auth@docker\"", &["C024"])]
#[case::b10_middleware_missing(".entrypoints=web-secure\"", ".middlewares=${STACK_NAME}-auth\"", &["C023"])]
#[case::b11_quotes_in_env("FILE=/run/secrets/db_pw", "FILE=\"/run/secrets/db_pw\"", &["C031"])]
#[case::b12_secret_other_path("FILE=/run/secrets/db_pw", "FILE=/run/secrets/db_password", &["C030"])]
#[case::b14_template_env_not_given("    environment: [STACK_NAME]\n", "", &["C027"])]
#[case::b17_backup_label_typo("backupbot.backup.volumes.pg.path", "backupbot.backup.volume.pg.path", &["C036"])]
#[case::b18_hooks_without_backup("        - \"backupbot.backup=true\"\n", "", &["C037"])]
#[case::b21_ignored_keys("networks: [proxy]\n", "networks: [proxy]\n    privileged: true\n    container_name: shop\n", &["C040", "C041"])]
#[case::b22_not_on_proxy("networks: [proxy]\n    volumes", "networks: [internal]\n    volumes", &["C025"])]
#[case::b23_rule_without_ticks("Host(`${DOMAIN}`)", "Host(${DOMAIN})", &["C026"])]
#[case::b24_variable_unset("environment: [STACK_NAME]", "environment: [STACK_NAME, \"SMTP_HOST=${SMTP_HOST}\"]", &["C032"])]
#[case::b26_two_replicas("pg_isready\"], start_period: 1m}\n    deploy:\n", "pg_isready\"], start_period: 1m}\n    deploy:\n      replicas: 2\n", &["C034"])]
#[case::b27_empty_tag("postgres:17.6", "postgres:${PG_TAG}", &["C001", "C032", "R003"])]
#[case::b29_depends_on_map("networks: [proxy]\n", "networks: [proxy]\n    depends_on: {db: {condition: service_healthy}}\n", &["C001"])]
#[case::b30_max_attempts("    deploy:\n      labels:\n        - \"traefik.enable", "    deploy:\n      restart_policy: {max_attempts: 3}\n      labels:\n        - \"traefik.enable", &["C044"])]
#[case::b31_password_in_file("environment: [STACK_NAME]", "environment: [STACK_NAME, DB_PASSWORD=tr0ub4dor3]", &["C046"])]
#[case::b32_htpasswd_dollar(".entrypoints=web-secure\"", ".middlewares=a\"\n        - \"traefik.http.middlewares.a.basicauth.users=anna:$apr1$abcdefgh$ijkl\"", &["C033"])]
#[case::b33_health_without_cmd("[\"CMD\", \"pg_isready\"]", "[\"pg_isready\"]", &["C001"])]
#[case::b34_localhost_port("networks: [proxy]\n", "networks: [proxy]\n    ports: [\"localhost:8080:80\"]\n", &["C001"])]
#[case::b35_constraint("    deploy:\n      labels:\n        - \"traefik.enable", "    deploy:\n      placement: {constraints: [node.labels.storage == ssd]}\n      labels:\n        - \"traefik.enable", &["C049"])]
#[case::b37_network_name_empty("  internal:\n", "  internal: {external: true, name: \"${BACKEND}\"}\n", &["C032"])]
#[case::b38_secret_name_long("db_pw", "registration_shared_secret", &["R015"])]
#[case::b40_shm("networks: [proxy]\n", "networks: [proxy]\n    shm_size: 1g\n", &["C040"])]
#[case::c002_place("    environment: [STACK_NAME]\n", "    environment: [STACK_NAME]\n    command: [\"--a\", \"--upstream=http://app:80\"]\n", &["C002"])]
#[case::c010_fixed_release("image: nginx:1.26.3\n    networks: [proxy, internal]", "image: jitsi/jvb:stable-10184-1\n    networks: [proxy, internal]", &["R005"])]
#[case::h1_hook_with_variables("sh -c 'pg_dump -U postgres postgres > /var/lib/postgresql/data/b.sql'", "bash -c 'pg_dump -U $${POSTGRES_USER:-postgres} postgres > $$PGDATA/b.sql'", &[])]
#[case::h5_hook_with_rm_after("        backupbot.backup.volumes.pg", "        backupbot.backup.post-hook: \"rm -f /var/lib/postgresql/data/b.sql\"\n        backupbot.backup.volumes.pg", &[])]
#[case::h3_mysql_into_a_file("sh -c 'pg_dump -U postgres postgres > /var/lib/postgresql/data/b.sql'", "sh -c 'mariadb-dump --user=root --password=$$(cat /run/secrets/db_pw) shop > /var/lib/postgresql/data/b.sql'", &[])]
#[case::h3_mysql_into_another_file("sh -c 'pg_dump -U postgres postgres > /var/lib/postgresql/data/b.sql'", "sh -c 'mariadb-dump --user=root --password=$$(cat /run/secrets/db_pw) shop > /var/lib/postgresql/data/c.sql'", &["C039"])]
#[case::h3_mysql_tab("sh -c 'pg_dump -U postgres postgres > /var/lib/postgresql/data/b.sql'", "sh -c 'mariadb-dump --user=root --tab=/var/lib/postgresql/data/b.sql shop'", &[])]
#[case::h3_mysql_tab_outside("sh -c 'pg_dump -U postgres postgres > /var/lib/postgresql/data/b.sql'", "sh -c 'mariadb-dump --user=root --tab=/tmp/shop shop'", &["C004"])]
#[case::h6_hook_not_in_shell("sh -c 'pg_dump -U postgres postgres > /var/lib/postgresql/data/b.sql'", "pg_dump -U postgres postgres > /var/lib/postgresql/data/b.sql", &["C048"])]
#[case::h7_volume_of_one_letter("pg:/var", "p:/var", &["C001"])]
#[case::h8_volume_full_name("backupbot.backup.volumes.pg.path", "backupbot.backup.volumes.${STACK_NAME}_pg.path", &["C004"])]
#[case::h11_backup_quoted_true("        backupbot.backup.volumes.pg", "        backupbot.backup: \"True\"\n        backupbot.backup.volumes.pg", &["C006", "C036"])]
#[case::m1_no_version("_${SECRET_DB_PW_VERSION}", "_${SECRET_DB_PW_VERSIONS}", &["C001", "C032"])]
fn a_recipe_breaks_these_rules(#[case] from: &str, #[case] into: &str, #[case] expected: &[&str]) {
    assert!(COMPOSE.contains(from), "{from:?} does not stand in the recipe");
    let edited = if from.is_empty() { COMPOSE.to_owned() } else { COMPOSE.replace(from, into) };
    assert_eq!(rules_of(&edited, SITE, ""), expected);
}

/// What stands in files beside the compose file.
#[rstest::rstest]
#[case::b15_template_secret_not_given("# {{ secret \"token\" }}", &["C028"])]
#[case::b16_nginx_upstream(
    "upstream app { server {{ env \"STACK_NAME\" }}_app:80; }\nserver { location / { proxy_pass http://app; } }",
    &[]
)]
fn a_template_breaks_these_rules(#[case] site: &str, #[case] expected: &[&str]) {
    assert_eq!(rules_of(COMPOSE, site, ""), expected);
}

const SCRIPT: &str = "#!/bin/bash\nset -e\nBACKUP_FILE='/var/lib/postgresql/data/backup.sql'\nfunction backup {\n  \
    export PGPASSWORD=$(cat /run/secrets/db_pw)\n  pg_dump -U postgres postgres > $BACKUP_FILE\n}\n\
    function restore {\n  cd /var/lib/postgresql/data/\n  psql -U postgres postgres < $BACKUP_FILE\n}\n$@\n";

/// A script in a config that dumps and loads: what it writes is read out of it.
#[rstest::rstest]
#[case::as_reported("", "", &[])]
#[case::not_what_is_saved("path: \"backup.sql\"", "path: \"other.sql\"", &["C039"])]
#[case::outside_of_the_volume("BACKUP_FILE='/var/lib/postgresql/data/", "BACKUP_FILE='/tmp/", &["C004"])]
#[case::cannot_be_executed(", mode: 0555", "", &["C029"])]
#[case::is_not_loaded("        backupbot.restore.post-hook: \"/pg_backup.sh restore\"\n", "", &["C003"])]
fn h2_script(#[case] from: &str, #[case] into: &str, #[case] expected: &[&str]) {
    let compose = COMPOSE
        .replace(
            "sh -c 'pg_dump -U postgres postgres > /var/lib/postgresql/data/b.sql'",
            "/pg_backup.sh backup",
        )
        .replace(
            "sh -c 'psql -U postgres postgres < /var/lib/postgresql/data/b.sql'",
            "/pg_backup.sh restore",
        )
        .replace("path: \"b.sql\"", "path: \"backup.sql\"")
        .replace(
            "    secrets: [db_pw]\n",
            "    secrets: [db_pw]\n    configs: [{source: pg_backup, target: /pg_backup.sh, mode: 0555}]\n",
        )
        .replace(
            "configs:\n  site:",
            "configs:\n  pg_backup: {name: \"${STACK_NAME}_pg_backup_${PG_BACKUP_VERSION}\", file: pg_backup.sh}\n  site:",
        );
    assert!(compose.contains(from) || SCRIPT.contains(from), "{from:?} stands nowhere");
    let edit =
        |text: &str| if from.is_empty() { text.to_owned() } else { text.replace(from, into) };
    let abra = "-- abra.sh\nexport SITE_VERSION=v1\nexport PG_BACKUP_VERSION=v1\n";
    let more = format!("{abra}-- pg_backup.sh\n{}", edit(SCRIPT));
    assert_eq!(rules_of(&edit(&compose), SITE, &more), expected);
}

/// The label takes the volume's name in the compose file: the message says which one is meant. In
/// the form of a mapping compose replaces nothing in the label's name, in that of a list it does.
#[rstest::rstest]
#[case::mapping("backupbot.backup.volumes.${STACK_NAME}_pg.path: \"b.sql\"", "")]
#[case::list("", "        - \"backupbot.backup.volumes.${STACK_NAME}_pg.path=b.sql\"\n")]
fn h8_volume_full_name(#[case] of_db: &str, #[case] of_app: &str) {
    let backup = "        - \"backupbot.backup=true\"\n";
    let compose = COMPOSE
        .replace(
            "        backupbot.backup.volumes.pg.path: \"b.sql\"\n",
            &format!("        {of_db}\n"),
        )
        .replace(backup, &format!("{backup}{of_app}"));
    let report = report_of(&compose, SITE, "");
    let said: Vec<&str> = report.findings.iter().map(|finding| finding.message.as_str()).collect();
    let expected =
        "there is no volume `${STACK_NAME}_pg`; did you mean `pg`, its name in the compose file?";
    assert_eq!(said, [expected]);
}

#[test]
fn sub_a_compose_file_that_nothing_chains_is_not_read() {
    let more = "-- dev/compose.yml\nservices: {app: {build: .}, mail: {build: ./mail}}\n";
    assert_eq!(rules_of(COMPOSE, SITE, more), Vec::<String>::new());
}

#[test]
fn b19_nothing_is_backed_up() {
    let labelled = |line: &&str| !line.contains("backupbot.");
    let bare: Vec<&str> = COMPOSE.lines().filter(labelled).collect();
    let bare =
        format!("{}\n", bare.join("\n")).replace("    deploy:\n      labels:\n  web", "  web");
    assert_eq!(rules_of(&bare, SITE, ""), ["C038"]);
}

/// A script that is mounted without a mode, with its version in `.env.sample` only.
#[test]
fn m3_a_script_that_cannot_run() {
    let compose = COMPOSE
        .replace(
            "target: /etc/nginx/conf.d/site.conf}]",
            "target: /start.sh}]\n    entrypoint: [\"/start.sh\"]",
        )
        .replace("SITE_VERSION", "START_VERSION");
    let found = rules_of(
        &compose,
        "#!/bin/sh\nexec nginx",
        "-- .env.sample\nTYPE=shop\nDOMAIN=a.example.com\nLETS_ENCRYPT_ENV=x\nSECRET_DB_PW_VERSION=v1\nSTART_VERSION=v1\n",
    );
    assert_eq!(found, ["C029", "R012"]);
}
