//! Record batches and message sets: Kafka's log entries of magic 0, 1 and 2.
