//! Recipes as they are usually written break no rule: a false alarm is worse than silence.

mod support;

use cc_ci_lint::LintReport;

const README: &str = "<!-- metadata -->\n* **Category**: Apps\n* **Status**: 1\n* **Image**: shop, 4\n\
    * **Healthcheck**: yes\n* **Backups**: yes\n* **Email**: no\n* **Tests**: no\n* **SSO**: no\n<!-- endmetadata -->\n";

const SAMPLE: &str = "TYPE=shop\nDOMAIN=shop.example.com\n#EXTRA_DOMAINS=', `www.shop.example.com`'\n\
    LETS_ENCRYPT_ENV=production\nENABLE_BACKUPS=true\nSECRET_DB_PASS_VERSION=v1\n\
    #COMPOSE_FILE=\"compose.yml:compose.mail.yml\"\n#SMTP_HOST=mail.example.com\n#SECRET_SMTP_PASS_VERSION=v1\n";

const COMPOSE: &str = r#"---
version: "3.8"
services:
  app:
    image: shop/web:2.4.1
    networks: [proxy, internal]
    environment:
      - DOMAIN
      - DB_HOST=${STACK_NAME}_db
      - DB_PASSWORD_FILE=/run/secrets/db_pass
      - SECRET_TTL=3600
      - TITLE="My shop"
    secrets: [db_pass]
    configs:
      - {source: entrypoint, target: /docker-entrypoint.sh, mode: 0555}
    entrypoint: ["/docker-entrypoint.sh"]
    command: ["serve", "--port", "8080"]
    volumes: ["uploads:/srv/uploads"]
    healthcheck:
      test: ["CMD-SHELL", "curl -fsS http://localhost:8080/health | grep -q $${EXPECTED:-ok}"]
      interval: 30s
      start_period: 5m
    deploy:
      restart_policy: {condition: any, delay: 5s}
      update_config: {failure_action: rollback, order: start-first, monitor: 2m}
      resources: {limits: {memory: 1G}}
      labels:
        - "traefik.enable=true"
        - "traefik.swarm.network=proxy"
        - "traefik.http.services.${STACK_NAME}.loadbalancer.server.port=8080"
        - "traefik.http.routers.${STACK_NAME}.rule=Host(`${DOMAIN}`${EXTRA_DOMAINS})"
        - "traefik.http.routers.${STACK_NAME}.entrypoints=web-secure"
        - "traefik.http.routers.${STACK_NAME}.tls.certresolver=${LETS_ENCRYPT_ENV}"
        - "traefik.http.routers.${STACK_NAME}.middlewares=${STACK_NAME}-hdr,security@file"
        - "traefik.http.middlewares.${STACK_NAME}-hdr.headers.customresponseheaders.X-Made-By=\"us\""
        - "backupbot.backup=${ENABLE_BACKUPS:-true}"
        - "coop-cloud.${STACK_NAME}.version=1.2.0+2.4.1"
        - "coop-cloud.${STACK_NAME}.timeout=${TIMEOUT:-300}"
  web:
    image: nginx:1.26.3
    networks: [proxy, internal]
    environment: [STACK_NAME]
    configs: [{source: site, target: /etc/nginx/conf.d/site.conf}]
    healthcheck: {test: ["CMD", "curl", "-f", "http://127.0.0.1/"]}
    deploy:
      labels:
        backupbot.backup.volumes.cache: "false"
    volumes: ["cache:/var/cache/nginx"]
  db:
    image: postgres:17.6
    networks: [internal]
    environment: [POSTGRES_PASSWORD_FILE=/run/secrets/db_pass]
    secrets: [db_pass]
    configs: [{source: backup, target: /pg_backup.sh, mode: 0555}]
    volumes: ["data:/var/lib/postgresql/data", {type: tmpfs, target: /dev/shm, tmpfs: {size: 1000000000}}]
    healthcheck: {test: ["CMD-SHELL", "pg_isready -U $$POSTGRES_USER"], start_period: 2m}
    deploy:
      labels:
        backupbot.backup.pre-hook: "/pg_backup.sh backup"
        backupbot.backup.volumes.data.path: "backup.sql"
        backupbot.restore.post-hook: "/pg_backup.sh restore"
  cron:
    image: shop/web:2.4.1
    command: ["tidy"]
    networks: [internal]
    deploy: {replicas: 0, labels: {swarm.cronjob.enable: "true"}}
networks:
  proxy: {external: true}
  internal:
volumes: {uploads: {}, data: {}, cache: {}}
secrets:
  db_pass: {external: true, name: "${STACK_NAME}_db_pass_${SECRET_DB_PASS_VERSION}"}
configs:
  entrypoint: {name: "${STACK_NAME}_entrypoint_${ENTRYPOINT_VERSION}", file: entrypoint.sh.tmpl, template_driver: golang}
  site: {name: "${STACK_NAME}_site_${SITE_VERSION}", file: site.conf.tmpl, template_driver: golang}
  backup: {name: "${STACK_NAME}_backup_${BACKUP_VERSION:-v1}", file: pg_backup.sh}
"#;

const MAIL: &str = r#"version: "3.8"
services:
  app:
    environment: ["SMTP_HOST=${SMTP_HOST}", "SMTP_PASSWORD_FILE=/run/secrets/smtp_pass"]
    secrets: [smtp_pass]
secrets:
  smtp_pass: {external: true, name: "${STACK_NAME}_smtp_pass_${SECRET_SMTP_PASS_VERSION}"}
"#;

const FILES: [(&str, &str); 5] = [
    ("abra.sh", "export ENTRYPOINT_VERSION=v1\nexport SITE_VERSION=v2\n"),
    (
        "entrypoint.sh.tmpl",
        "#!/bin/sh\n{{ if eq (env \"SMTP_HOST\") \"\" }}{{ else }}export S=\"{{ secret \"smtp_pass\" }}\"{{ end }}\nexec \"$@\"\n",
    ),
    (
        "site.conf.tmpl",
        "upstream app { server {{ env \"STACK_NAME\" }}_app:8080; }\nserver { location / { proxy_pass http://app; } }\n",
    ),
    (
        "pg_backup.sh",
        "#!/bin/bash\nf=/var/lib/postgresql/data/backup.sql\npg_dump -U postgres x > $f\n",
    ),
    ("dev/compose.yml", "services: {app: {build: .}, mail: {build: ./mail}}\n"),
];

fn lint(compose: &str) -> LintReport {
    let files: String = FILES.iter().map(|(name, text)| format!("-- {name}\n{text}")).collect();
    let text = format!(
        "== pass\n-- README.md\n{README}-- .env.sample\n{SAMPLE}-- compose.yml\n{compose}-- compose.mail.yml\n{MAIL}{files}\
         -- version\n1.2.0+2.4.1\n-- tags\n1.2.0+2.4.1\n"
    );
    let cases = support::cases(&text);
    assert_eq!(cases[0].kind, "pass");
    cases[0].lint()
}

fn broken(report: &LintReport) -> Vec<String> {
    let line =
        |f: &cc_ci_lint::Finding| format!("{} {:?}:{:?} {}", f.rule, f.file, f.line, f.message);
    report.findings.iter().map(line).collect()
}

#[test]
fn a_usual_recipe_breaks_no_rule() {
    assert_eq!(broken(&lint(COMPOSE)), Vec::<String>::new());
}

/// The same recipe with one mistake breaks one rule, once, at the item concerned.
#[rstest::rstest]
#[case::port(
    "        - \"traefik.http.services.${STACK_NAME}.loadbalancer.server.port=8080\"\n",
    "",
    "C022",
    30
)]
#[case::middleware("middlewares=${STACK_NAME}-hdr,", "middlewares=${STACK_NAME}-auth,", "C023", 34)]
#[case::provider("security@file", "${STACK_NAME}-hdr@docker", "C024", 34)]
#[case::rule("Host(`${DOMAIN}`${EXTRA_DOMAINS})", "Host(${DOMAIN})", "C026", 31)]
#[case::template_variable("    environment: [STACK_NAME]\n", "", "C027", 1)]
#[case::script_mode("target: /pg_backup.sh, mode: 0555", "target: /pg_backup.sh", "C029", 54)]
#[case::secret_path(
    "POSTGRES_PASSWORD_FILE=/run/secrets/db_pass",
    "POSTGRES_PASSWORD_FILE=/run/secrets/db_word",
    "C030",
    52
)]
#[case::quotes(
    "DB_PASSWORD_FILE=/run/secrets/db_pass",
    "DB_PASSWORD_FILE=\"/run/secrets/db_pass\"",
    "C031",
    10
)]
#[case::unset("SECRET_TTL=3600", "SECRET_TTL=${SESSION_TTL}", "C032", 11)]
#[case::dollar("-U $$POSTGRES_USER", "-U $POSTGRES_USER", "C033", 56)]
#[case::backup_label("backupbot.restore.post-hook", "backupbot.restore.posthook", "C036", 61)]
#[case::dump("data.path: \"backup.sql\"", "data.path: \"dump.sql\"", "C039", 3)]
#[case::privileged(
    "    command: [\"tidy\"]\n",
    "    command: [\"tidy\"]\n    privileged: true\n",
    "C040",
    65
)]
#[case::password("SECRET_TTL=3600", "SESSION_SECRET=tr0ub4dor3", "C046", 11)]
#[case::braces("SECRET_TTL=3600", "LOG_FORMAT={{.Status}}", "C047", 11)]
#[case::memory("memory: 1G", "memory: \"512\"", "C045", 26)]
fn one_mistake_breaks_one_rule(
    #[case] right: &str,
    #[case] wrong: &str,
    #[case] rule: &str,
    #[case] line: usize,
) {
    assert!(COMPOSE.contains(right), "{right}");
    let report = lint(&COMPOSE.replacen(right, wrong, 1));
    let found = broken(&report);
    let here = report.findings.iter().any(|f| f.rule == rule && f.line == Some(line));
    // A restore hook under another name is a missing one, too.
    let others = report.findings.iter().filter(|f| f.rule != rule && f.rule != "C003").count();
    assert!(here && others == 0, "{found:#?}");
}
