# pip: kafka-python==3.0.12
"""DeleteRecords and the rest of what an administrator asks for, with kafka-python's admin client."""

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import AlterConfigOp, ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic
from kafka.errors import OffsetOutOfRangeError

from course import PATIENCE, Server, check, end, equal, fresh


def fails_with(error, call):
    try:
        call()
    except error:
        return
    raise AssertionError(f"no {error.__name__}")


with Server() as server:
    admin = KafkaAdminClient(bootstrap_servers=server.kafka)
    producer = KafkaProducer(bootstrap_servers=server.kafka)
    topic = fresh("records")
    at = TopicPartition(topic, 0)
    admin.create_topics([NewTopic(topic, 1, 1)])
    for n in range(10):
        producer.send(topic, str(n).encode(), partition=0).get(PATIENCE)

    with check("records below an offset are deleted"):
        equal(admin.delete_records({at: 4})[at]["low_watermark"], 4)
        consumer = KafkaConsumer(topic, bootstrap_servers=server.kafka, auto_offset_reset="earliest",
                                 consumer_timeout_ms=2000)
        equal([record.offset for record in consumer], list(range(4, 10)))
        equal(consumer.beginning_offsets([at])[at], 4)
        consumer.close()

    with check("an offset beyond the end is out of range"):
        fails_with(OffsetOutOfRangeError, lambda: admin.delete_records({at: 11}))

    with check("they stay deleted when the server is killed"):
        server.process.kill()
        server.process.wait()
        producer.close(0)
        admin.close()
        server = Server()
        admin = KafkaAdminClient(bootstrap_servers=server.kafka)
        consumer = KafkaConsumer(bootstrap_servers=server.kafka)
        equal(consumer.beginning_offsets([at])[at], 4)
        consumer.close()

    with check("a topic gets more partitions"):
        admin.create_partitions({topic: 3})
        consumer = KafkaConsumer(bootstrap_servers=server.kafka)
        equal(consumer.partitions_for_topic(topic), {0, 1, 2})
        consumer.close()

    with check("settings are changed, one by one and as a whole"):
        def altered(configs, **how):
            admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs)], **how)
            said = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])["topic"][topic]
            return {name: config["value"] for name, config in said.items()}

        equal(altered({"retention.ms": "60000", "segment.ms": "1000"})["retention.ms"], "60000")
        equal(altered({"cleanup.policy": (AlterConfigOp.APPEND, "compact")})["cleanup.policy"], "delete,compact")
        equal("segment.ms" in altered({"segment.ms": (AlterConfigOp.DELETE, None)}), False)
        admin.reset_configs([ConfigResource(ConfigResourceType.TOPIC, topic, ["cleanup.policy"])])

    with check("a group forgets its offsets of one partition, and goes"):
        consumer = KafkaConsumer(topic, bootstrap_servers=server.kafka, group_id="forgetful",
                                 auto_offset_reset="earliest", consumer_timeout_ms=2000)
        equal(len(list(consumer)), 6)
        consumer.close()
        equal(at in admin.list_group_offsets("forgetful")["forgetful"], True)
        admin.delete_group_offsets("forgetful", [at])
        equal(at in admin.list_group_offsets("forgetful")["forgetful"], False)
        groups = [group["group_id"] for group in admin.list_groups(states_filter=["Empty"])]
        equal(groups, ["forgetful"])
        admin.delete_groups(["forgetful"])
        equal(admin.list_groups(), [])

    with check("the quorum and the log directory describe themselves"):
        quorum = admin.describe_metadata_quorum()["topics"][0]["partitions"][0]
        equal((quorum["leader_id"], len(quorum["current_voters"])), (1, 1))
        [node] = admin.describe_log_dirs()
        [directory] = node["log_dirs"] if "log_dirs" in node else [node]
        names = {entry["name"] for entry in directory["topics"]}
        equal(topic in names, True)
    admin.close()
    server.stop()
end()
