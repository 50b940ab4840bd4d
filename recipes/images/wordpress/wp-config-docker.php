<?php
// Made by the image's entrypoint. The settings come from the container's environment each time; the
// keys were made up when this file was.

function cc_ci_setting(string $name, string $default): string
{
    $file = getenv($name . '_FILE');
    if ($file) {
        return rtrim(file_get_contents($file), "\r\n");
    }
    $value = getenv($name);
    return $value === false ? $default : $value;
}

define('DB_NAME', cc_ci_setting('WORDPRESS_DB_NAME', 'wordpress'));
define('DB_USER', cc_ci_setting('WORDPRESS_DB_USER', 'wordpress'));
define('DB_PASSWORD', cc_ci_setting('WORDPRESS_DB_PASSWORD', ''));
define('DB_HOST', cc_ci_setting('WORDPRESS_DB_HOST', 'mysql'));
define('DB_CHARSET', cc_ci_setting('WORDPRESS_DB_CHARSET', 'utf8mb4'));
define('DB_COLLATE', cc_ci_setting('WORDPRESS_DB_COLLATE', ''));

define('AUTH_KEY', cc_ci_setting('WORDPRESS_AUTH_KEY', 'MADE_UP'));
define('SECURE_AUTH_KEY', cc_ci_setting('WORDPRESS_SECURE_AUTH_KEY', 'MADE_UP'));
define('LOGGED_IN_KEY', cc_ci_setting('WORDPRESS_LOGGED_IN_KEY', 'MADE_UP'));
define('NONCE_KEY', cc_ci_setting('WORDPRESS_NONCE_KEY', 'MADE_UP'));
define('AUTH_SALT', cc_ci_setting('WORDPRESS_AUTH_SALT', 'MADE_UP'));
define('SECURE_AUTH_SALT', cc_ci_setting('WORDPRESS_SECURE_AUTH_SALT', 'MADE_UP'));
define('LOGGED_IN_SALT', cc_ci_setting('WORDPRESS_LOGGED_IN_SALT', 'MADE_UP'));
define('NONCE_SALT', cc_ci_setting('WORDPRESS_NONCE_SALT', 'MADE_UP'));

$table_prefix = cc_ci_setting('WORDPRESS_TABLE_PREFIX', 'wp_');

define('WP_DEBUG', (bool) cc_ci_setting('WORDPRESS_DEBUG', ''));

// The proxy ends TLS; without this, WordPress would send visitors in circles.
if (str_contains($_SERVER['HTTP_X_FORWARDED_PROTO'] ?? '', 'https')) {
    $_SERVER['HTTPS'] = 'on';
}

eval(cc_ci_setting('WORDPRESS_CONFIG_EXTRA', ''));

if (!defined('ABSPATH')) {
    define('ABSPATH', __DIR__ . '/');
}
require_once ABSPATH . 'wp-settings.php';
