//! One member of lzip: a header of six bytes, LZMA up to its own end mark, and a trailer with the sum and the
//! sizes of what came before it (lzip manual, "File format").

use std::io::{self, Read};

use crc32fast::Hasher;
use lzma_rust2::LzmaReader;

use crate::members::{End, failed};
use crate::peek::Peek;

/// Memory for the dictionary of one member: the strongest level of lzip has 32 MiB, the format ends at 512.
const DICTIONARY: u64 = 128 * 1024 * 1024;

/// The shortest dictionary, as a power of two, and the longest.
const POWERS: std::ops::RangeInclusive<u32> = 12..=29;

/// A member that is being read.
pub(crate) struct Lzip<'s, 'p> {
    data: LzmaReader<&'s mut Peek<'p>>,
    sum: Hasher,
    bytes: u64,
    /// Where the member begins in the file.
    from: u64,
}

impl<'s, 'p> Lzip<'s, 'p> {
    /// Reads the header, which the caller has recognised by its first four bytes.
    pub(crate) fn begin(input: &'s mut Peek<'p>) -> Result<Self, End> {
        let from = input.passed();
        let header = input.take::<6>().map_err(|error| failed(&error))?.ok_or(End::Cut)?;
        let [.., version, coded] = header;
        if version != 1 {
            return Err(End::Damaged(format!("it is of version {version}, which lzip never had")));
        }
        let dictionary = dictionary(coded)
            .ok_or_else(|| End::Damaged("its dictionary has no size of lzip".to_owned()))?;
        if dictionary > DICTIONARY {
            return Err(End::TooLarge(format!("its dictionary has {dictionary} bytes")));
        }
        let dictionary = u32::try_from(dictionary).unwrap_or(u32::MAX);
        let data = LzmaReader::new(input, u64::MAX, 3, 0, 2, dictionary, None);
        let data = data.map_err(|error| failed(&error))?;
        Ok(Self { data, sum: Hasher::new(), bytes: 0, from })
    }

    /// Reads some bytes; 0 at the end of the data.
    pub(crate) fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.data.read(into)?;
        self.sum.update(&into[..count]);
        self.bytes += count as u64;
        Ok(count)
    }

    /// Compares the trailer with what was read, and gives the input back.
    pub(crate) fn end(self) -> Result<&'s mut Peek<'p>, End> {
        let (input, ahead) = self.data.into_parts();
        input.unread(&ahead);
        let trailer = input.take::<20>().map_err(|error| failed(&error))?.ok_or(End::Cut)?;
        let long = |at: usize| {
            trailer[at..].first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes))
        };
        let sum = trailer.first_chunk::<4>().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        let said = (sum, long(4), long(12));
        if said != (self.sum.finalize(), self.bytes, input.passed() - self.from) {
            return Err(End::Damaged("its trailer does not fit what stands before it".to_owned()));
        }
        Ok(input)
    }
}

/// The size of a dictionary: a power of two, less some sixteenths of it.
fn dictionary(coded: u8) -> Option<u64> {
    let power = u32::from(coded & 0x1f);
    let size = POWERS.contains(&power).then(|| 1_u64 << power)?;
    Some(size - (size >> 4) * u64::from(coded >> 5))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of lzip's manual, and both ends.
    #[rstest::rstest]
    #[case(0xd3, Some(320 * 1024))]
    #[case(0x0c, Some(4096))]
    #[case(0x1d, Some(512 * 1024 * 1024))]
    #[case(0x0b, None)]
    #[case(0x1e, None)]
    fn a_dictionary_has_a_size(#[case] coded: u8, #[case] size: Option<u64>) {
        assert_eq!(dictionary(coded), size);
    }
}
