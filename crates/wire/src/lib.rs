//! Kafka's protocol as data: schemas, messages, record batches, codecs.

pub mod records;
