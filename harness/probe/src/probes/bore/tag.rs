//! The answer to a challenge.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

/// HMAC-SHA256 over the sixteen bytes of the challenge, keyed with the SHA-256 of the secret, in
/// lower-case hexadecimal digits; nothing where the challenge is no UUID.
pub(super) fn answer(secret: &str, challenge: &str) -> Option<String> {
    let challenge = bytes(challenge)?;
    // A key of any length will do (RFC 2104, section 2), so there is no error to speak of.
    let mut mac = Hmac::<Sha256>::new_from_slice(&Sha256::digest(secret)).ok()?;
    mac.update(&challenge);
    Some(mac.finalize().into_bytes().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}

/// The bytes of a UUID as it is written (RFC 9562, section 4).
fn bytes(uuid: &str) -> Option<[u8; 16]> {
    let groups: Vec<&str> = uuid.split('-').collect();
    if groups.iter().map(|group| group.len()).ne([8, 4, 4, 4, 12]) {
        return None;
    }
    let digits = groups.concat();
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    u128::from_str_radix(&digits, 16).ok().map(u128::to_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "00112233-4455-6677-8899-aabbccddeeff";

    #[test]
    fn the_tag_is_what_another_implementation_computes() {
        // Made with Python's hmac and hashlib:
        // hmac.new(sha256(b"hush").digest(), bytes.fromhex("00112233445566778899aabbccddeeff"), sha256)
        let tag = "f7afd100109f395462672828949eb9996ad56efecdcd1c3da2f1ebff3ba92cbc";
        assert_eq!(answer("hush", UUID).as_deref(), Some(tag));
        assert_ne!(answer("hush!", UUID).as_deref(), Some(tag));
    }

    #[rstest::rstest]
    #[case::empty("")]
    #[case::short("00112233-4455-6677-8899-aabbccddeef")]
    #[case::no_groups("00112233445566778899aabbccddeeff0000")]
    #[case::sign("+0112233-4455-6677-8899-aabbccddeeff")]
    #[case::no_digits("zz112233-4455-6677-8899-aabbccddeeff")]
    fn what_is_no_uuid_has_no_answer(#[case] challenge: &str) {
        assert_eq!(answer("hush", challenge), None);
    }
}
