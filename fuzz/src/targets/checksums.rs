//! Puts the checksums right in bytes that were changed, so that what lies behind them is reached.

/// Where a batch's length, checksum and attributes stand.
const LENGTH_AT: usize = 8;
const CRC_AT: usize = 17;
const ATTRIBUTES_AT: usize = 21;
/// Bytes in front of what a length counts.
const LENGTH_PREFIX: usize = 12;

/// Gives every batch of magic 2 its checksum, as far as the lengths lead. A last batch whose length is beyond the
/// bytes gets them all.
pub fn repair_batches(bytes: &mut [u8]) {
    let mut rest = bytes;
    while rest.len() > ATTRIBUTES_AT {
        let size = size_at(rest).unwrap_or(rest.len()).min(rest.len());
        let Some((batch, behind)) = rest.split_at_mut_checked(size) else { return };
        let crc = crc32c::crc32c(batch.get(ATTRIBUTES_AT..).unwrap_or_default());
        if let Some(place) = batch.get_mut(CRC_AT..ATTRIBUTES_AT) {
            place.copy_from_slice(&crc.to_be_bytes());
        }
        rest = behind;
    }
}

/// The same for messages of magic 0 and 1.
pub fn repair_messages(bytes: &mut [u8]) {
    let mut rest = bytes;
    while rest.len() > LENGTH_PREFIX + 4 {
        let size = size_at(rest).unwrap_or(rest.len()).min(rest.len());
        let Some((message, behind)) = rest.split_at_mut_checked(size) else { return };
        let crc = crc32fast::hash(message.get(LENGTH_PREFIX + 4..).unwrap_or_default());
        if let Some(place) = message.get_mut(LENGTH_PREFIX..LENGTH_PREFIX + 4) {
            place.copy_from_slice(&crc.to_be_bytes());
        }
        rest = behind;
    }
}

fn size_at(bytes: &[u8]) -> Option<usize> {
    let length = bytes.get(LENGTH_AT..)?.first_chunk()?;
    let length = usize::try_from(i32::from_be_bytes(*length)).ok()?;
    (length > 16).then_some(length + LENGTH_PREFIX)
}

/// A producer snapshot's checksum.
pub fn repair_snapshot(bytes: &mut [u8]) {
    let crc = crc32c::crc32c(bytes.get(6..).unwrap_or_default());
    if let Some(place) = bytes.get_mut(2..6) {
        place.copy_from_slice(&crc.to_be_bytes());
    }
}
