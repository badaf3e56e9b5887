// Every method of Kafka's Admin client that a cluster of one node serves: `java -cp 'JARS/*' Admin.java ADDRESS`.
// One line a method, as the other programs of this folder print them.

import java.time.Duration;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.*;

public class Admin {
    interface Check {
        Object run() throws Exception;
    }

    static int failed = 0;

    static void check(String name, Check check) {
        try {
            Object found = check.run();
            if (Boolean.FALSE.equals(found)) {
                throw new IllegalStateException("not what was expected");
            }
            System.out.println("ok " + name);
        } catch (Throwable error) {
            failed++;
            Throwable cause = error instanceof ExecutionException && error.getCause() != null ? error.getCause() : error;
            System.out.println("FAIL " + name + ": " + cause);
        }
    }

    /// The class of the error that the check ends with.
    static String error(Check check) throws Exception {
        try {
            check.run();
            return "none";
        } catch (ExecutionException error) {
            return error.getCause().getClass().getSimpleName();
        }
    }

    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", arguments[0]);
        properties.putAll(Map.of("request.timeout.ms", "15000", "default.api.timeout.ms", "20000"));
        try (var admin = org.apache.kafka.clients.admin.Admin.create(properties)) {
            topics(admin);
            records(properties, admin);
            configs(admin);
            groups(properties, admin);
            transactions(properties, admin);
            cluster(admin);
            check("deleteTopics", () -> admin.deleteTopics(List.of("admin-t")).all().get());
            check("deleteTopics by id", () -> {
                Uuid id = admin.createTopics(List.of(new NewTopic("admin-gone", 1, (short) 1))).topicId("admin-gone").get();
                return admin.deleteTopics(TopicCollection.ofTopicIds(List.of(id))).all().get();
            });
        }
        System.exit(failed == 0 ? 0 : 1);
    }

    static void topics(org.apache.kafka.clients.admin.Admin admin) {
        check("createTopics, validate only", () -> admin.createTopics(
            List.of(new NewTopic("admin-t", 2, (short) 1)), new CreateTopicsOptions().validateOnly(true)).all().get());
        check("createTopics", () -> admin.createTopics(List.of(new NewTopic("admin-t", Optional.of(2), Optional.empty())
            .configs(Map.of("retention.ms", "-1")))).numPartitions("admin-t").get() == 2);
        check("createTopics twice", () -> error(() -> admin.createTopics(
            List.of(new NewTopic("admin-t", 2, (short) 1))).all().get()).equals("TopicExistsException"));
        check("createTopics with two replicas", () -> error(() -> admin.createTopics(
            List.of(new NewTopic("admin-r", 1, (short) 2))).all().get()).equals("InvalidReplicationFactorException"));
        check("createPartitions", () -> admin.createPartitions(Map.of("admin-t", NewPartitions.increaseTo(3))).all().get());
        check("listTopics", () -> admin.listTopics().names().get().contains("admin-t"));
        check("listTopics with internal ones", () ->
            !admin.listTopics(new ListTopicsOptions().listInternal(true)).listings().get().isEmpty());
        check("describeTopics", () ->
            admin.describeTopics(List.of("admin-t")).allTopicNames().get().get("admin-t").partitions().size() == 3);
        check("describeTopics by id", () -> {
            Uuid id = admin.describeTopics(List.of("admin-t")).allTopicNames().get().get("admin-t").topicId();
            return admin.describeTopics(TopicCollection.ofTopicIds(List.of(id))).allTopicIds().get().get(id).name().equals("admin-t");
        });
        check("describeTopics that is not there", () -> error(() ->
            admin.describeTopics(List.of("admin-none")).allTopicNames().get()).equals("UnknownTopicOrPartitionException"));
    }

    static void records(Properties properties, org.apache.kafka.clients.admin.Admin admin) {
        TopicPartition partition = new TopicPartition("admin-t", 0);
        check("KafkaProducer", () -> {
            try (var producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
                for (int at = 0; at < 10; at++) {
                    producer.send(new ProducerRecord<>("admin-t", 0, 1000L * at, "key", "value" + at)).get();
                }
                return producer.partitionsFor("admin-t").size() == 3 && !producer.metrics().isEmpty();
            }
        });
        for (var spec : Map.of("earliest", OffsetSpec.earliest(), "latest", OffsetSpec.latest(), "max timestamp",
            OffsetSpec.maxTimestamp(), "timestamp", OffsetSpec.forTimestamp(4500), "earliest local", OffsetSpec.earliestLocal(),
            "latest tiered", OffsetSpec.latestTiered()).entrySet()) {
            long expected = Map.of("earliest", 0L, "latest", 10L, "max timestamp", 9L, "timestamp", 5L, "earliest local", 0L,
                "latest tiered", -1L).get(spec.getKey());
            check("listOffsets, " + spec.getKey(), () ->
                admin.listOffsets(Map.of(partition, spec.getValue())).partitionResult(partition).get().offset() == expected);
        }
        check("deleteRecords", () -> admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(2)))
            .lowWatermarks().get(partition).get().lowWatermark() == 2);
        check("deleteRecords past the end", () -> error(() -> admin.deleteRecords(
            Map.of(partition, RecordsToDelete.beforeOffset(200))).all().get()).equals("OffsetOutOfRangeException"));
        check("describeProducers", () -> admin.describeProducers(List.of(partition)).all().get().get(partition)
            .activeProducers().size() == 1);
        check("KafkaConsumer", () -> {
            Properties own = new Properties();
            own.putAll(properties);
            try (var consumer = new KafkaConsumer<>(own, new StringDeserializer(), new StringDeserializer())) {
                consumer.assign(List.of(partition));
                consumer.seekToBeginning(List.of(partition));
                var found = consumer.poll(Duration.ofSeconds(10));
                var times = consumer.offsetsForTimes(Map.of(partition, 4500L));
                return found.count() == 8 && times.get(partition).offset() == 5 && consumer.currentLag(partition).isPresent()
                    && consumer.beginningOffsets(List.of(partition)).get(partition) == 2
                    && consumer.endOffsets(List.of(partition)).get(partition) == 10 && !consumer.listTopics().isEmpty();
            }
        });
    }

    static void configs(org.apache.kafka.clients.admin.Admin admin) throws Exception {
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, "admin-t");
        ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, "" + node(admin));
        ConfigResource cluster = new ConfigResource(ConfigResource.Type.BROKER, "");
        ConfigResource group = new ConfigResource(ConfigResource.Type.GROUP, "admin-g");
        check("describeConfigs of a topic", () -> admin.describeConfigs(List.of(topic)).all().get().get(topic)
            .get("retention.ms").value().equals("-1"));
        check("describeConfigs with synonyms and documentation", () -> !admin.describeConfigs(List.of(broker),
            new DescribeConfigsOptions().includeSynonyms(true).includeDocumentation(true)).all().get().get(broker)
            .get("log.retention.hours").documentation().isEmpty());
        for (var resource : Map.of(topic, "max.message.bytes", broker, "log.roll.ms", cluster, "message.max.bytes",
            group, "consumer.session.timeout.ms").entrySet()) {
            String name = "incrementalAlterConfigs of " + resource.getKey().type() + " '" + resource.getKey().name() + "'";
            check(name, () -> {
                ConfigEntry entry = new ConfigEntry(resource.getValue(), "50000");
                for (var kind : List.of(AlterConfigOp.OpType.SET, AlterConfigOp.OpType.DELETE)) {
                    admin.incrementalAlterConfigs(Map.of(resource.getKey(), List.of(new AlterConfigOp(entry, kind)))).all().get();
                }
                return true;
            });
        }
        check("incrementalAlterConfigs of a list", () -> {
            ConfigEntry entry = new ConfigEntry("cleanup.policy", "compact");
            for (var kind : List.of(AlterConfigOp.OpType.APPEND, AlterConfigOp.OpType.SUBTRACT)) {
                admin.incrementalAlterConfigs(Map.of(topic, List.of(new AlterConfigOp(entry, kind)))).all().get();
            }
            return true;
        });
        check("incrementalAlterConfigs, wrong value", () -> error(() -> admin.incrementalAlterConfigs(Map.of(topic,
            List.of(new AlterConfigOp(new ConfigEntry("retention.ms", "x"), AlterConfigOp.OpType.SET)))).all().get())
            .equals("InvalidConfigurationException"));
        check("listConfigResources", () -> !admin.listConfigResources(Set.of(ConfigResource.Type.TOPIC),
            new ListConfigResourcesOptions()).all().get().isEmpty());
    }

    static void groups(Properties properties, org.apache.kafka.clients.admin.Admin admin) {
        TopicPartition partition = new TopicPartition("admin-t", 0);
        for (String protocol : List.of("classic", "consumer")) {
            String name = "admin-" + protocol;
            Properties own = new Properties();
            own.putAll(properties);
            own.putAll(Map.of("group.id", name, "group.protocol", protocol, "auto.offset.reset", "earliest"));
            try (var consumer = new KafkaConsumer<>(own, new StringDeserializer(), new StringDeserializer())) {
                check("a group of the " + protocol + " protocol", () -> {
                    consumer.subscribe(List.of("admin-t"));
                    int seen = 0;
                    for (int attempt = 0; attempt < 40 && seen < 8; attempt++) {
                        seen += consumer.poll(Duration.ofMillis(500)).count();
                    }
                    consumer.commitSync();
                    return seen == 8 && consumer.committed(Set.of(partition)).get(partition).offset() == 10
                        && consumer.groupMetadata().groupId().equals(name);
                });
                check("describeConsumerGroups, " + protocol, () -> admin.describeConsumerGroups(List.of(name)).all().get()
                    .get(name).members().size() == 1);
                check("deleteConsumerGroups with members, " + protocol, () -> error(() ->
                    admin.deleteConsumerGroups(List.of(name)).all().get()).equals("GroupNotEmptyException"));
            }
            check("listConsumerGroupOffsets, " + protocol, () -> admin.listConsumerGroupOffsets(name)
                .partitionsToOffsetAndMetadata().get().get(partition).offset() == 10);
            check("alterConsumerGroupOffsets, " + protocol, () -> admin.alterConsumerGroupOffsets(name,
                Map.of(partition, new OffsetAndMetadata(3, Optional.of(0), "by hand"))).all().get());
            check("deleteConsumerGroupOffsets, " + protocol, () -> admin.deleteConsumerGroupOffsets(name, Set.of(partition)).all().get());
            check("listGroups, " + protocol, () -> admin.listGroups().all().get().stream().anyMatch(found -> found.groupId().equals(name)));
            check("listConsumerGroups, " + protocol, () -> !admin.listConsumerGroups().all().get().isEmpty());
            check("removeMembersFromConsumerGroup, " + protocol, () -> error(() -> admin.removeMembersFromConsumerGroup(name,
                new RemoveMembersFromConsumerGroupOptions(Set.of(new MemberToRemove("nobody")))).all().get())
                .equals("UnknownMemberIdException"));
            check("deleteConsumerGroups, " + protocol, () -> admin.deleteConsumerGroups(List.of(name)).all().get());
        }
        check("describeClassicGroups", () -> error(() -> admin.describeClassicGroups(List.of("admin-none")).all().get())
            .equals("GroupIdNotFoundException"));
    }

    static void transactions(Properties properties, org.apache.kafka.clients.admin.Admin admin) {
        Properties own = new Properties();
        own.putAll(properties);
        own.put("transactional.id", "admin-tx");
        var producer = new KafkaProducer<>(own, new StringSerializer(), new StringSerializer());
        TopicPartition partition = new TopicPartition("admin-t", 1);
        check("an open transaction", () -> {
            producer.initTransactions();
            producer.beginTransaction();
            return producer.send(new ProducerRecord<>("admin-t", 1, "key", "open")).get();
        });
        check("listTransactions", () -> admin.listTransactions(new ListTransactionsOptions()
            .filterStates(Set.of(TransactionState.ONGOING))).all().get().stream().anyMatch(found -> found.transactionalId().equals("admin-tx")));
        check("describeTransactions", () -> admin.describeTransactions(List.of("admin-tx")).description("admin-tx").get()
            .topicPartitions().contains(partition));
        check("abortTransaction", () -> {
            var state = admin.describeProducers(List.of(partition)).all().get().get(partition).activeProducers().get(0);
            return admin.abortTransaction(new AbortTransactionSpec(partition, state.producerId(), (short) state.producerEpoch(),
                state.coordinatorEpoch().orElse(0))).all().get();
        });
        check("forceTerminateTransaction", () -> admin.forceTerminateTransaction("admin-tx").result().get());
        check("fenceProducers", () -> admin.fenceProducers(List.of("admin-tx")).all().get());
        producer.close(Duration.ZERO);
    }

    static int node(org.apache.kafka.clients.admin.Admin admin) throws Exception {
        return admin.describeCluster().controller().get().id();
    }

    static void cluster(org.apache.kafka.clients.admin.Admin admin) throws Exception {
        int node = node(admin);
        TopicPartition partition = new TopicPartition("admin-t", 0);
        check("describeCluster", () -> admin.describeCluster(new DescribeClusterOptions().includeFencedBrokers(true)).nodes().get().size() == 1);
        check("describeFeatures", () -> !admin.describeFeatures().featureMetadata().get().finalizedFeatures().isEmpty());
        check("updateFeatures, validate only", () -> admin.updateFeatures(Map.of("transaction.version",
            new FeatureUpdate((short) 2, FeatureUpdate.UpgradeType.UPGRADE)), new UpdateFeaturesOptions().validateOnly(true)).all().get());
        check("describeMetadataQuorum", () -> admin.describeMetadataQuorum().quorumInfo().get().voters().size() == 1);
        check("describeLogDirs", () -> admin.describeLogDirs(List.of(node)).allDescriptions().get().get(node).values().iterator()
            .next().replicaInfos().containsKey(partition));
        TopicPartitionReplica replica = new TopicPartitionReplica("admin-t", 0, node);
        check("describeReplicaLogDirs", () -> admin.describeReplicaLogDirs(List.of(replica)).all().get().get(replica)
            .getCurrentReplicaLogDir() != null);
        check("alterReplicaLogDirs", () -> {
            String dir = admin.describeReplicaLogDirs(List.of(replica)).all().get().get(replica).getCurrentReplicaLogDir();
            return admin.alterReplicaLogDirs(Map.of(replica, dir)).all().get();
        });
        check("electLeaders", () -> error(() -> admin.electLeaders(ElectionType.PREFERRED, Set.of(partition)).all().get())
            .equals("ElectionNotNeededException"));
        check("electLeaders, all", () -> admin.electLeaders(ElectionType.PREFERRED, null).partitions().get());
        check("alterPartitionReassignments", () -> admin.alterPartitionReassignments(Map.of(partition,
            Optional.of(new NewPartitionReassignment(List.of(node))))).all().get());
        check("listPartitionReassignments", () -> admin.listPartitionReassignments().reassignments().get().isEmpty());
        check("unregisterBroker that is not there", () -> error(() -> admin.unregisterBroker(99).all().get())
            .equals("BrokerIdNotRegisteredException"));
        check("metrics", () -> !admin.metrics().isEmpty());
    }
}
