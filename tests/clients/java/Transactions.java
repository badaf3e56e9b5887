import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Transactions with Apache Kafka's own client, one line a check. Which protocol it uses is what the broker says in
 * ApiVersions: the second argument is only a name for it.
 *
 * <pre>java -cp 'JARS/*' Transactions.java HOST:PORT v1|v2 [open NAME]</pre>
 *
 * With {@code open NAME} it leaves a transaction of that name open and ends without a word.
 */
public class Transactions {
    interface Check {
        void run() throws Exception;
    }

    static String address;
    static String protocol;
    static boolean failed = false;

    static void check(String name, Check check) {
        try {
            check.run();
            System.out.println("ok " + protocol + ": " + name);
        } catch (Exception | AssertionError error) {
            failed = true;
            System.out.println("FAIL " + protocol + ": " + name + ": " + error);
            error.printStackTrace();
        }
    }

    static void equal(Object found, Object expected) {
        if (!found.equals(expected)) {
            throw new AssertionError(found + " instead of " + expected);
        }
    }

    static String fresh(String name) {
        return name + "-" + UUID.randomUUID().toString().substring(0, 8);
    }

    static KafkaProducer<String, String> producer(String id) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", address);
        settings.put("transactional.id", id);
        settings.put("max.block.ms", "30000");
        settings.put("transaction.timeout.ms", "600000");
        KafkaProducer<String, String> made =
            new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
        made.initTransactions();
        return made;
    }

    static KafkaConsumer<String, String> consumer(String isolation, String group) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", address);
        settings.put("group.id", group);
        settings.put("isolation.level", isolation);
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", "false");
        return new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
    }

    static void topic(String name, int partitions) throws Exception {
        try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", address))) {
            admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1))).all().get();
        }
    }

    /** Everything up to the end of the topic, as this isolation sees it. */
    static Set<String> read(String topic, String isolation) {
        Set<String> values = new TreeSet<>();
        try (KafkaConsumer<String, String> reader = consumer(isolation, fresh("reader"))) {
            List<TopicPartition> partitions = new ArrayList<>();
            reader.partitionsFor(topic).forEach(it -> partitions.add(new TopicPartition(topic, it.partition())));
            reader.assign(partitions);
            reader.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = reader.endOffsets(partitions);
            while (partitions.stream().anyMatch(it -> reader.position(it) < ends.get(it))) {
                for (ConsumerRecord<String, String> record : reader.poll(Duration.ofMillis(200))) {
                    values.add(record.value());
                }
            }
        }
        return values;
    }

    static void until(String what, java.util.concurrent.Callable<Boolean> holds) throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!holds.call()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not in time: " + what);
            }
        }
    }

    static void commitAndAbort() throws Exception {
        String topic = fresh("java");
        topic(topic, 3);
        try (KafkaProducer<String, String> producer = producer(fresh("java"))) {
            for (int number = 0; number < 8; number++) {
                producer.beginTransaction();
                for (int partition = 0; partition < 3; partition++) {
                    producer.send(new ProducerRecord<>(topic, partition, null, number + "-" + partition));
                }
                if (number % 2 == 0) {
                    producer.commitTransaction();
                } else {
                    producer.abortTransaction();
                }
            }
        }
        Set<String> committed = new TreeSet<>();
        for (int number = 0; number < 8; number += 2) {
            for (int partition = 0; partition < 3; partition++) {
                committed.add(number + "-" + partition);
            }
        }
        until("every committed record", () -> read(topic, "read_committed").equals(committed));
        if (read(topic, "read_uncommitted").size() < committed.size()) {
            throw new AssertionError("committed records are missing");
        }
    }

    static void fence() throws Exception {
        String topic = fresh("java");
        String id = fresh("fenced");
        topic(topic, 1);
        KafkaProducer<String, String> first = producer(id);
        first.beginTransaction();
        first.send(new ProducerRecord<>(topic, "of a zombie")).get();
        KafkaProducer<String, String> second = producer(id);
        second.beginTransaction();
        second.send(new ProducerRecord<>(topic, "of its successor"));
        second.commitTransaction();
        try {
            first.commitTransaction();
            throw new AssertionError("the zombie has committed");
        } catch (KafkaException expected) {
            first.close(Duration.ZERO);
        }
        second.close();
        until("the successor's record", () -> read(topic, "read_committed").equals(Set.of("of its successor")));
    }

    static void copy() throws Exception {
        String from = fresh("from");
        String to = fresh("to");
        String group = fresh("copier");
        topic(from, 1);
        topic(to, 1);
        try (KafkaProducer<String, String> producer = producer(fresh("feeder"))) {
            producer.beginTransaction();
            for (int number = 0; number < 50; number++) {
                producer.send(new ProducerRecord<>(from, String.valueOf(number)));
            }
            producer.commitTransaction();
        }
        TopicPartition source = new TopicPartition(from, 0);
        Set<String> expected = new TreeSet<>();
        for (int number = 0; number < 50; number++) {
            expected.add(String.valueOf(number));
        }
        try (KafkaProducer<String, String> producer = producer(fresh("copier"));
             KafkaConsumer<String, String> reader = consumer("read_committed", group)) {
            reader.subscribe(List.of(from));
            int copied = 0;
            boolean abort = true;
            while (copied < 50) {
                List<ConsumerRecord<String, String>> records = new ArrayList<>();
                reader.poll(Duration.ofMillis(200)).forEach(records::add);
                if (records.isEmpty()) {
                    continue;
                }
                ConsumerGroupMetadata who = reader.groupMetadata();
                for (boolean commit : abort ? new boolean[] {false, true} : new boolean[] {true}) {
                    producer.beginTransaction();
                    records.forEach(it -> producer.send(new ProducerRecord<>(to, it.value())));
                    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
                    offsets.put(source, new OffsetAndMetadata(records.get(records.size() - 1).offset() + 1));
                    producer.sendOffsetsToTransaction(offsets, who);
                    if (commit) {
                        producer.commitTransaction();
                        copied += records.size();
                    } else {
                        producer.abortTransaction();
                    }
                }
                abort = false;
            }
            until("the group's offset", () -> {
                OffsetAndMetadata committed = reader.committed(Set.of(source)).get(source);
                return committed != null && committed.offset() == 50;
            });
        }
        until("every copy", () -> read(to, "read_committed").equals(expected));
    }

    static void leaveOpen(String name) throws Exception {
        topic(name, 1);
        KafkaProducer<String, String> producer = producer(name);
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(name, "open")).get();
        System.out.println("ok " + protocol + ": a transaction is left open");
        Runtime.getRuntime().halt(0);
    }

    public static void main(String[] arguments) throws Exception {
        address = arguments[0];
        protocol = arguments[1];
        if (arguments.length > 3) {
            leaveOpen(arguments[3]);
        }
        check("what is committed is read, what is aborted is not", Transactions::commitAndAbort);
        check("a second producer of a transactional id fences the first", Transactions::fence);
        check("a copier's records and offsets are committed together", Transactions::copy);
        System.exit(failed ? 1 : 0);
    }
}
