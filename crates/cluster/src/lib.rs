//! What the brokers agree on: topics and configs as records and an image.
