//! What a row of canary data holds.

/// The value of the row `key` in `store`. It ends with a mark of the store, so that a dump shows whose row is
/// in it: all stores write a row of the same key.
pub(crate) fn value(store: &str, key: &str) -> String {
    format!("{} {:08x}", beginning(key), crc32fast::hash(store.as_bytes()))
}

/// True for a value of the row `key`. A database that lives on in a service of another name has the row that
/// was written under the old name.
pub(crate) fn is_written(value: &str, key: &str) -> bool {
    value.strip_prefix(&beginning(key)).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

fn beginning(key: &str) -> String {
    format!("written {key}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_have_values_of_their_own() {
        let app = value("postgres:db/app", "bk-1");
        assert_ne!(app, value("postgres:db/extra", "bk-1"));
        assert_eq!(app.len(), "written bk-1 12345678".len());
        assert!(is_written(&app, "bk-1") && !is_written(&app, "bk-12"));
        assert!(!is_written(&value("postgres:db/app", "bk-12"), "bk-1"));
        assert!(!is_written("damaged", "bk-1"));
    }
}
