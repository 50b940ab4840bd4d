//! The little of Protocol Buffers' wire format that is needed here.

use thiserror::Error;

/// Bytes that are no protobuf message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no protobuf message: {0}")]
pub(super) struct WireError(&'static str);

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    /// A fixed-width number, of which nothing here makes use.
    Fixed,
}

impl<'a> Value<'a> {
    /// The number as the 32-bit one it is meant to be; as everywhere in protobuf, more bits are
    /// cut off.
    pub(super) fn u32(self) -> Option<u32> {
        match self {
            Self::Number(number) => u32::try_from(number & u64::from(u32::MAX)).ok(),
            Self::Bytes(_) | Self::Fixed => None,
        }
    }

    pub(super) fn text(self) -> Option<String> {
        match self {
            Self::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            Self::Number(_) | Self::Fixed => None,
        }
    }
}

/// The fields of a message, in their order.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    fn varint(&mut self) -> Result<u64, WireError> {
        let mut number = 0_u64;
        for shift in (0..70).step_by(7) {
            let (byte, rest) = self.0.split_first().ok_or(WireError("cut off"))?;
            self.0 = rest;
            // Of the tenth byte only one bit fits; protobuf drops the others.
            number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(WireError("number longer than ten bytes"))
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], WireError> {
        let length = usize::try_from(length).map_err(|_| WireError("cut off"))?;
        let (head, rest) = self.0.split_at_checked(length).ok_or(WireError("cut off"))?;
        self.0 = rest;
        Ok(head)
    }

    fn field(&mut self) -> Result<(u64, Value<'a>), WireError> {
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => Value::Number(self.varint()?),
            1 => self.take(8).map(|_| Value::Fixed)?,
            2 => {
                let length = self.varint()?;
                Value::Bytes(self.take(length)?)
            }
            5 => self.take(4).map(|_| Value::Fixed)?,
            _ => return Err(WireError("unknown wire type")),
        };
        match tag >> 3 {
            0 => Err(WireError("field number 0")),
            number => Ok((number, value)),
        }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), WireError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            // What follows a broken field has no meaning.
            self.0 = &[];
        }
        Some(field)
    }
}

/// Writes a message, field by field.
#[derive(Debug, Default)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    fn varint(&mut self, mut number: u64) {
        loop {
            let low = u8::try_from(number & 0x7f).unwrap_or(0);
            number >>= 7;
            if number == 0 {
                return self.0.push(low);
            }
            self.0.push(low | 0x80);
        }
    }

    pub(super) fn number(mut self, field: u64, number: u64) -> Self {
        self.varint(field << 3);
        self.varint(number);
        self
    }

    pub(super) fn bytes(mut self, field: u64, bytes: &[u8]) -> Self {
        self.varint(field << 3 | 2);
        self.varint(bytes.len().try_into().unwrap_or(u64::MAX));
        self.0.extend_from_slice(bytes);
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            fields in proptest::collection::vec(
                (1_u64..1 << 29, any::<u64>(), any::<Vec<u8>>()), 0..8)
        ) {
            let mut writer = Writer::default();
            for (field, number, bytes) in &fields {
                writer = writer.number(*field, *number).bytes(*field, bytes);
            }
            let read: Result<Vec<_>, _> = Fields(&writer.0).collect();
            let written: Vec<_> = fields
                .iter()
                .flat_map(|(field, number, bytes)| {
                    [(*field, Value::Number(*number)), (*field, Value::Bytes(bytes))]
                })
                .collect();
            prop_assert_eq!(read, Ok(written));
        }

        #[test]
        fn a_message_that_is_cut_off_in_its_last_field_is_refused(
            bytes in proptest::collection::vec(any::<u8>(), 1..200), cut in any::<prop::sample::Index>()
        ) {
            let whole = Writer::default().bytes(1, &bytes).0;
            let cut = 1 + cut.index(whole.len() - 1);
            prop_assert!(Fields(&whole[..cut]).any(|field| field.is_err()));
        }

        #[test]
        fn any_bytes_end(bytes: Vec<u8>) {
            prop_assert!(Fields(&bytes).count() <= bytes.len());
        }
    }
}
