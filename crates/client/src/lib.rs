//! A small Kafka client: what the commands, the demo and the engine's foreign topics speak.
