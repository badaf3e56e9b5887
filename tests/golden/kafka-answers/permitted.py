"""Cases whose answer is permitted to differ from Apache Kafka's, in all versions, and why."""

PERMITTED = {
}
