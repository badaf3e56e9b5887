"""A broker that takes messages of 2,000 bytes: what the broker's own default does to topics, and to offsets' metadata."""

from batches import batch


def cases(k):
    k.words = False
    k.topic("lm-there")
    k.topic("lm-more", max_message_bytes=5000)
    for topic, size in (("lm-there", 1900), ("lm-there", 2000), ("lm-more", 2000), ("lm-more", 5000)):
        data = [{"name": topic, "partition_data": [{"index": 0, "records": batch(b"x" * size)}]}]
        k.case(f"{size} to {topic}", "Produce", acks=-1, timeout_ms=10000, topic_data=data, versions=(3, 12))
    for key in (["max.message.bytes"], ["message.max.bytes"]):
        k.case(f"{key[0]} of a topic", "DescribeConfigs", resources=[{"resource_type": 2, "resource_name": "lm-there", "configuration_keys": key}], include_synonyms=True)
