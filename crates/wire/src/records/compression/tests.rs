//! Every codec: there and back, damaged, and as a bomb.

use std::io::Read;

use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};
use proptest::prelude::*;

use super::*;

fn there_and_back(codec: Codec, magic: i8, input: &[u8]) -> Bytes {
    let compressed = compress(codec, magic, input).unwrap();
    decompress(codec, magic, &compressed.into(), Budget::default()).unwrap()
}

#[test]
fn empty_and_large_inputs_survive() {
    let large: Vec<u8> = (0..300_000u32).flat_map(|n| (n % 1000).to_be_bytes()).collect();
    for codec in Codec::ALL {
        for magic in 0..=2 {
            assert_eq!(there_and_back(codec, magic, b""), &b""[..], "{codec} {magic}");
            assert_eq!(there_and_back(codec, magic, &large), &large[..], "{codec} {magic}");
        }
    }
}

#[test]
fn a_bomb_stops_at_the_budget() {
    let budget = Budget::bytes(1 << 20);
    let zeros = vec![0; 8 << 20];
    for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
        let bomb = compress(codec, 2, &zeros).unwrap();
        assert!(bomb.len() < 600_000, "{codec}: {}", bomb.len());
        let error = decompress(codec, 2, &bomb.into(), budget).unwrap_err();
        assert_eq!(error, RecordsError::OverBudget { limit: 1 << 20 }, "{codec}");
    }
}

#[test]
fn a_budget_that_fits_exactly_is_enough() {
    for codec in Codec::ALL {
        let compressed = compress(codec, 2, &[7; 50_000]).unwrap();
        let out = decompress(codec, 2, &compressed.into(), Budget::bytes(50_000)).unwrap();
        assert_eq!(out.len(), 50_000, "{codec}");
    }
}

#[test]
fn a_bare_snappy_block_is_read() {
    let block = snap::raw::Encoder::new().compress_vec(b"some bytes").unwrap();
    let out = decompress(Codec::Snappy, 2, &block.into(), Budget::default()).unwrap();
    assert_eq!(out, &b"some bytes"[..]);
}

#[test]
fn a_snappy_block_cannot_claim_more_than_it_can_give() {
    // A length of 2^32-1, and nothing behind it.
    let claims = Bytes::from_static(&[0xff, 0xff, 0xff, 0xff, 0x0f]);
    let error = decompress(Codec::Snappy, 2, &claims, Budget::bytes(usize::MAX)).unwrap_err();
    assert!(matches!(error, RecordsError::Compression { codec: Codec::Snappy, .. }), "{error}");
}

#[test]
fn the_broken_lz4_checksum_is_for_magic_0_only() {
    let right = compress(Codec::Lz4, 1, b"hello").unwrap();
    let broken = compress(Codec::Lz4, 0, b"hello").unwrap();
    assert_ne!(right[6], broken[6]);
    assert_eq!((&right[..6], &right[7..]), (&broken[..6], &broken[7..]));
    for frame in [right, broken.clone()] {
        assert_eq!(decompress(Codec::Lz4, 0, &frame.into(), Budget::default()).unwrap(), &b"hello"[..]);
    }
    assert!(decompress(Codec::Lz4, 1, &broken.into(), Budget::default()).is_err());
}

#[test]
fn an_lz4_frame_has_an_end() {
    for magic in [0, 1, 2] {
        let whole = Bytes::from(compress(Codec::Lz4, magic, b"all of the data").unwrap());
        for cut in 1..=4 {
            let result = decompress(Codec::Lz4, magic, &whole.slice(..whole.len() - cut), Budget::default());
            assert!(matches!(result, Err(RecordsError::Compression { .. })), "{magic} {cut}: {result:?}");
        }
    }
}

#[test]
fn lz4_frames_of_other_writers_are_read() {
    let text = b"abcabcabcabc".repeat(20_000);
    for (mode, is_readable) in [(BlockMode::Independent, true), (BlockMode::Linked, false)] {
        for magic in 0..=2 {
            let frame = FrameInfo::new()
                .block_mode(mode)
                .block_size(BlockSize::Max256KB)
                .block_checksums(true)
                .content_checksum(true)
                .content_size(Some(240_000));
            let mut encoder = FrameEncoder::with_frame_info(frame, Vec::new());
            std::io::Write::write_all(&mut encoder, &text).unwrap();
            let read = decompress(Codec::Lz4, magic, &encoder.finish().unwrap().into(), Budget::default());
            assert_eq!(read.ok().as_deref(), is_readable.then_some(&text[..]));
        }
    }
}

#[test]
fn an_lz4_frame_is_what_it_says() {
    let frame = |text: &[u8]| {
        let frame = FrameInfo::new()
            .block_mode(BlockMode::Independent)
            .block_checksums(true)
            .content_checksum(true)
            .content_size(Some(text.len() as u64));
        let mut encoder = FrameEncoder::with_frame_info(frame, Vec::new());
        std::io::Write::write_all(&mut encoder, text).unwrap();
        encoder.finish().unwrap()
    };
    let text = b"some text, some text, some text";
    let whole = frame(text);
    let read = |bytes: &[u8]| decompress(Codec::Lz4, 2, &Bytes::copy_from_slice(bytes), Budget::default());
    assert_eq!(read(&whole).unwrap(), &text[..]);
    // Neither a block, nor a checksum, nor a size can be changed unseen.
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        assert!(read(&damaged).is_err(), "byte {at}");
    }
}

#[test]
fn large_blocks_take_no_more_than_the_budget_has_left() {
    let frame = FrameInfo::new().block_mode(BlockMode::Independent).block_size(BlockSize::Max4MB);
    let mut encoder = FrameEncoder::with_frame_info(frame, Vec::new());
    std::io::Write::write_all(&mut encoder, &[7; 100_000]).unwrap();
    let frame = Bytes::from(encoder.finish().unwrap());
    let read = |limit| decompress(Codec::Lz4, 2, &frame, Budget::bytes(limit));
    assert_eq!(read(100_000).unwrap().len(), 100_000);
    assert_eq!(read(99_999).unwrap_err(), RecordsError::OverBudget { limit: 99_999 });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_stream_gives_what_comes_out_at_once(
        input in proptest::collection::vec(0u8..3, 0..3000),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), 0u8..8), 0..3),
        limit in 0_usize..4000,
        magic in 0i8..=2,
    ) {
        for codec in Codec::ALL.into_iter().skip(1) {
            let mut bytes = compress(codec, magic, &input).unwrap();
            for (at, bit) in &flips {
                let at = at.index(bytes.len());
                bytes[at] ^= 1 << bit;
            }
            let bytes = Bytes::from(bytes);
            let budget = Budget::bytes(limit);
            let mut out = Vec::new();
            let streamed = open(codec, magic, &bytes, budget)
                .and_then(|mut stream| stream.read_to_end(&mut out).map_err(|error| from_io(codec, error)));
            let at_once = decompress(codec, magic, &bytes, budget);
            prop_assert_eq!(at_once.as_deref().ok(), streamed.is_ok().then_some(&out[..]), "{}", codec);
        }
    }

    #[test]
    fn any_bytes_survive(input: Vec<u8>, magic in 0i8..=2) {
        for codec in Codec::ALL {
            prop_assert_eq!(there_and_back(codec, magic, &input), &input[..]);
        }
    }

    #[test]
    fn damage_is_an_error_or_other_bytes_never_more(
        input in proptest::collection::vec(0u8..4, 0..2000),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), 0u8..8), 0..4),
        cut: prop::sample::Index,
    ) {
        for codec in Codec::ALL {
            let mut bytes = compress(codec, 2, &input).unwrap();
            bytes.truncate(bytes.len() - cut.index(4.min(bytes.len().max(1))));
            for (at, bit) in &flips {
                if let Some(byte) = bytes.get_mut(at.index(input.len() + 1)) {
                    *byte ^= 1 << bit;
                }
            }
            let limit = 4096;
            let mut out = Vec::new();
            if let Ok(mut stream) = open(codec, 2, &bytes, Budget::bytes(limit)) {
                let _ = stream.read_to_end(&mut out);
            }
            prop_assert!(out.len() <= limit);
        }
    }

    #[test]
    fn noise_never_panics(input: Vec<u8>) {
        for codec in Codec::ALL {
            let _ = decompress(codec, 0, &input.clone().into(), Budget::bytes(1 << 16));
            let framed = [&b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01"[..], &input].concat();
            let _ = decompress(codec, 2, &framed.into(), Budget::bytes(1 << 16));
            let lz4 = [&[0x04, 0x22, 0x4d, 0x18][..], &input].concat();
            let _ = decompress(codec, 0, &lz4.into(), Budget::bytes(1 << 16));
        }
    }
}
