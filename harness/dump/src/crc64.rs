//! CRC-64 with any polynomial, reflected: a table of 256 entries, a byte at a time.

/// A sum over bytes that come in pieces.
#[derive(Debug, Clone)]
pub(crate) struct Crc64 {
    table: [u64; 256],
}

impl Crc64 {
    /// The sums of the polynomial `reflected`, its bits in reverse order.
    pub(crate) fn new(reflected: u64) -> Self {
        let mut table = [0; 256];
        for (byte, entry) in (0_u64..).zip(&mut table) {
            let step = |sum: u64| if sum & 1 == 1 { (sum >> 1) ^ reflected } else { sum >> 1 };
            *entry = (0..8).fold(byte, |sum, _| step(sum));
        }
        Self { table }
    }

    /// The sum of what had `sum` and of `bytes` behind it.
    pub(crate) fn add(&self, sum: u64, bytes: &[u8]) -> u64 {
        let step =
            |sum: u64, byte: &u8| self.table[usize::from(sum.to_le_bytes()[0] ^ byte)] ^ (sum >> 8);
        bytes.iter().fold(sum, step)
    }
}
