<?php
// Installs the site where there is none, and brings its schema to the code's version. Both are
// WordPress' own functions, those behind wp-admin/install.php and wp-admin/upgrade.php. Ends with 1
// where it has to be tried again.

// Where the database does not answer, WordPress would say so in HTML.
mysqli_report(MYSQLI_REPORT_OFF);
$link = mysqli_init();
$link->options(MYSQLI_OPT_CONNECT_TIMEOUT, 3);
$password = trim(file_get_contents(getenv('WORDPRESS_DB_PASSWORD_FILE')));
$host = getenv('WORDPRESS_DB_HOST');
if (!@$link->real_connect($host, getenv('WORDPRESS_DB_USER'), $password, getenv('WORDPRESS_DB_NAME'))) {
    fwrite(STDERR, "setup: $host: " . mysqli_connect_error() . "\n");
    exit(1);
}
$link->close();

// What a request through the proxy would bring.
$_SERVER['HTTP_HOST'] = getenv('DOMAIN');
$_SERVER['HTTP_X_FORWARDED_PROTO'] = 'https';
$_SERVER['REQUEST_METHOD'] = 'GET';
$_SERVER['REQUEST_URI'] = '/';

define('WP_INSTALLING', true);
// An error page with exit code 0 is no success.
$done = false;
register_shutdown_function(function () use (&$done) {
    if (!$done) {
        fwrite(STDERR, "setup: WordPress gave up\n");
        exit(1);
    }
});

require '/var/www/html/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';

// Nobody serves the site yet and nobody reads the mail: neither is tried.
add_filter('pre_http_request', fn () => new WP_Error('setup', 'not while the site is set up'));
add_filter('pre_wp_mail', '__return_false');

// An installation that was broken off has tables and perhaps no user.
if (!is_blog_installed() || !get_users(['number' => 1, 'fields' => 'ID'])) {
    wp_install(
        getenv('SITE_TITLE'),
        getenv('ADMIN_USER'),
        getenv('ADMIN_EMAIL'),
        true,
        '',
        trim(file_get_contents('/run/secrets/admin_pass'))
    );
    // Without readable addresses there is no /wp-json/.
    $wp_rewrite->set_permalink_structure('/%year%/%monthnum%/%day%/%postname%/');
    $wp_rewrite->flush_rules();
    echo "setup: installed\n";
}

wp_upgrade();
$have = (int) get_option('db_version');
if ($have !== (int) $wp_db_version) {
    fwrite(STDERR, "setup: the schema is $have and not $wp_db_version\n");
    exit(1);
}
$done = true;
echo "setup: schema $have\n";
