//! Fresh ids, as Kafka picks them.

use millstream_wire::Uuid;

/// A random (version 4) id whose text does not start with `-`: such a text would look like a flag on a command line.
/// `None` when the operating system has no randomness to give.
pub fn random_id() -> Option<Uuid> {
    loop {
        let mut bytes = [0u8; 16];
        getrandom::fill(&mut bytes).ok()?;
        let mut id = u128::from_be_bytes(bytes);
        id = (id & !(0xf << 76)) | (0x4 << 76);
        id = (id & !(0x3 << 62)) | (0x2 << 62);
        let id = Uuid::from_bytes(id.to_be_bytes());
        if !id.to_string().starts_with('-') {
            return Some(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_ids_are_version_4() {
        let id = random_id().unwrap();
        assert_eq!(id.as_bytes()[6] >> 4, 4);
        assert_eq!(id.as_bytes()[8] >> 6, 2);
        assert_ne!(random_id().unwrap(), id);
    }
}
