//! A key of a restic repository that opens it at once.
//!
//! restic makes every command derive the user's key from the password with scrypt, calibrated to half a second,
//! so that weak passwords cannot be guessed fast (restic design, "Keys, Encryption and MAC"). The harness's
//! password is random (40 of 36 characters, 206 bits) and cannot be guessed at any speed, and a life opens its
//! repository six times and more. So the unit's own repository gets a key with the same password and a short
//! derivation in place of the first one.

use aes::cipher::{BlockCipherEncrypt as _, KeyInit as _, KeyIvInit as _, StreamCipher as _};
use aes::{Aes128, Aes256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cc_ci_model::{Secret, sha256_hex};
use ctr::Ctr128BE;
use poly1305::Poly1305;
use serde_json::{Map, Value};

/// Cost of the derivation: 2^10 rounds of 8 blocks, about 3 ms. restic's own choice is 2^15 and more.
const LOG_N: u8 = 10;
const R: u32 = 8;
const P: u32 = 1;

/// Length of the initialisation vector before the encrypted text and of the authentication code behind it.
const BLOCK: usize = 16;

/// A file in the folder `keys` of a repository.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct KeyFile {
    /// The SHA-256 of the content, as restic names it.
    pub(crate) name: String,
    pub(crate) content: Vec<u8>,
}

/// The key `first`, as restic has written it, with a short derivation. `master` is the master key as
/// `restic cat masterkey` prints it. `None` where either is not in the form that is known.
pub(crate) fn quick_key(first: &[u8], master: &[u8], password: &Secret) -> Option<KeyFile> {
    let mut key: Map<String, Value> = serde_json::from_slice(first).ok()?;
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    if text("kdf")? != "scrypt" {
        return None;
    }
    let salt = STANDARD.decode(text("salt")?).ok()?;
    let data = STANDARD.decode(text("data")?).ok()?;
    let master: Value = serde_json::from_slice(master).ok()?;
    for part in ["/encrypt", "/mac/k", "/mac/r"] {
        master.pointer(part)?.as_str()?;
    }
    // The derived key is another one, so the vector may be used again.
    let vector: [u8; BLOCK] = data.first_chunk().copied()?;
    let params = scrypt::Params::new(LOG_N, R, P).ok()?;
    let mut derived = [0; 64];
    scrypt::scrypt(password.reveal(), &salt, &params, &mut derived).ok()?;
    let sealed = seal(&derived, vector, master.to_string().into_bytes())?;
    let changed: [(&str, Value); 4] = [
        ("N", (1_u32 << LOG_N).into()),
        ("r", R.into()),
        ("p", P.into()),
        ("data", STANDARD.encode(sealed).into()),
    ];
    key.extend(changed.map(|(name, value)| (name.to_owned(), value)));
    let content = Value::Object(key).to_string().into_bytes();
    Some(KeyFile { name: sha256_hex(&content), content })
}

/// Vector, text encrypted with AES-256 in counter mode, Poly1305-AES of the encrypted text. The derived key
/// holds 32 bytes for the encryption, then `k` and `r` of Poly1305-AES (restic design, the same section;
/// D. Bernstein, The Poly1305-AES message-authentication code, 2005).
fn seal(derived: &[u8; 64], vector: [u8; BLOCK], mut text: Vec<u8>) -> Option<Vec<u8>> {
    let (encrypt, mac) = derived.split_at(32);
    let (k, r) = mac.split_at(BLOCK);
    let mut cipher = Ctr128BE::<Aes256>::new_from_slices(encrypt, &vector).ok()?;
    cipher.apply_keystream(&mut text);
    let mut nonce = vector.into();
    Aes128::new_from_slice(k).ok()?.encrypt_block(&mut nonce);
    let code = Poly1305::new_from_slice(&[r, nonce.as_slice()].concat()).ok()?;
    let code = code.compute_unpadded(&text);
    Some([&vector[..], &text, code.as_slice()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = r#"{"created":"2026-11-29T21:21:43.355796436Z","username":"root","hostname":"0c2b97f47e74","kdf":"scrypt","N":32768,"r":8,"p":3,"salt":"PM4FROqHigY+ayYW6onroraBXqSzB6A250l7yMztD/tw4avBwJ2v14bmjyJ1uNQ+dEBJQ/+z7WSFUEj4gUA74A==","data":"DdXUKi0phVO1eKHJSuhn3BdpQc11wYPcdl2SCUpXKeSlcfon0uHTcQEXNWM1rlZsbTztODWo1mbYD3dorzq/mVj0xwbvun1jToveCH3DXxvpx8/ekgBpQ31ZfHb/XA04l2C3gzoCtKH8rlvVebF3CPBxQ+dufI65mKlCV6NP0ODSyFbbLGlX+vnHQkf5jVlRI2lWdRwbWxt59gnVyzOaTQ=="}"#;
    const MASTER: &str = r#"{
  "mac": {
    "k": "MzJqJeHidV7U+siDfcx6GA==",
    "r": "eZQSQ5lY+mAi92aguF8rdw=="
  },
  "encrypt": "ZEBzAmE09tqxQ9Xn16bvILP1rVi1iXKb/S9WedQiY7M="
}
"#;

    /// A restic of version 0.18 opened repositories with keys that were made in this way; `tests/stores.rs`
    /// lets it open more.
    #[test]
    fn the_key_is_sealed_as_restic_reads_it() {
        let key = quick_key(FIRST.as_bytes(), MASTER.as_bytes(), &"abcabcabc".into()).unwrap();
        assert_eq!(key.name, "f805490bf5bfdacb0845957b5ec94398b8941120f07ac99806eead8c074150c2");
        let made: Value = serde_json::from_slice(&key.content).unwrap();
        let first: Value = serde_json::from_str(FIRST).unwrap();
        for same in ["created", "hostname", "kdf", "salt", "username"] {
            assert_eq!(made[same], first[same], "{same}");
        }
        assert_eq!([&made["N"], &made["r"], &made["p"]], [1024, 8, 1]);
        let other = quick_key(FIRST.as_bytes(), MASTER.as_bytes(), &"abcabcabd".into()).unwrap();
        assert_ne!(other.name, key.name);
    }

    #[rstest::rstest]
    #[case::no_key("", MASTER)]
    #[case::two_keys(&format!("{FIRST}{FIRST}"), MASTER)]
    #[case::another_derivation(&FIRST.replace("scrypt", "argon2"), MASTER)]
    #[case::no_salt(&FIRST.replace("salt", "pepper"), MASTER)]
    #[case::short_data(r#"{"kdf":"scrypt","salt":"AAAA","data":"AAAA"}"#, MASTER)]
    #[case::no_master_key(FIRST, "")]
    #[case::an_error(FIRST, "Fatal: wrong password")]
    #[case::half_a_master_key(FIRST, r#"{"encrypt":"AAAA","mac":{"k":"AAAA"}}"#)]
    fn what_is_not_known_stays_as_it_is(#[case] first: &str, #[case] master: &str) {
        assert_eq!(quick_key(first.as_bytes(), master.as_bytes(), &"abcabcabc".into()), None);
    }
}
