#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| cc_ci_recipe::fuzz::labels(text));
