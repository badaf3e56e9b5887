// The Java client, of 0.10.0 or of today: producer with every codec that both have, group with commit, seek.
//
//     java -cp 'JARS/*' Client.java HOST:PORT

import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.AppInfoParser;

public class Client {
    static String address;
    static boolean failed = false;

    interface Body { void run() throws Exception; }

    static void check(String name, Body body) {
        String who = "Java " + AppInfoParser.getVersion() + ": " + name;
        try {
            body.run();
            System.out.println("ok " + who);
        } catch (Exception error) {
            failed = true;
            System.out.println("FAIL " + who + ": " + error);
        }
    }

    static void equal(Object found, Object expected) {
        if (!found.equals(expected)) throw new RuntimeException(found + " instead of " + expected);
    }

    static Properties settings(String... pairs) {
        Properties all = new Properties();
        all.put("bootstrap.servers", address);
        for (int i = 0; i < pairs.length; i += 2) all.put(pairs[i], pairs[i + 1]);
        return all;
    }

    static void produce(String topic, String codec, String... values) throws Exception {
        String text = "org.apache.kafka.common.serialization.StringSerializer";
        Properties all = settings("acks", "all", "compression.type", codec, "key.serializer", text, "value.serializer", text);
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(all)) {
            for (String value : values) producer.send(new ProducerRecord<>(topic, value, value)).get();
        }
    }

    static KafkaConsumer<String, String> consumer(String group) {
        String text = "org.apache.kafka.common.serialization.StringDeserializer";
        return new KafkaConsumer<>(settings("group.id", group, "auto.offset.reset", "earliest", "enable.auto.commit", "false",
            "key.deserializer", text, "value.deserializer", text));
    }

    // The old poll takes a number, the new one a Duration; neither client has both.
    @SuppressWarnings("unchecked")
    static ConsumerRecords<String, String> poll(KafkaConsumer<String, String> consumer) throws Exception {
        Class<?> type = KafkaConsumer.class;
        try {
            return (ConsumerRecords<String, String>)
                type.getMethod("poll", Duration.class).invoke(consumer, Duration.ofMillis(200));
        } catch (NoSuchMethodException old) {
            return (ConsumerRecords<String, String>) type.getMethod("poll", long.class).invoke(consumer, 200L);
        }
    }

    static List<String> read(KafkaConsumer<String, String> consumer, int count) throws Exception {
        List<String> values = new ArrayList<>();
        long deadline = System.currentTimeMillis() + 30_000;
        while (values.size() < count && System.currentTimeMillis() < deadline)
            for (ConsumerRecord<String, String> record : poll(consumer)) values.add(record.value());
        return values;
    }

    public static void main(String[] args) {
        address = args[0];
        String topic = "java-" + UUID.randomUUID(), group = "java-" + UUID.randomUUID();
        List<String> codecs = Arrays.asList("none", "gzip", "snappy", "lz4");
        check("every codec, in order", () -> {
            for (String codec : codecs) produce(topic, codec, codec);
            try (KafkaConsumer<String, String> consumer = consumer(group)) {
                consumer.subscribe(Collections.singletonList(topic));
                equal(read(consumer, 4), codecs);
                consumer.commitSync();
            }
        });
        check("a group goes on where it committed, and can seek", () -> {
            produce(topic, "none", "later");
            try (KafkaConsumer<String, String> consumer = consumer(group)) {
                consumer.subscribe(Collections.singletonList(topic));
                equal(read(consumer, 1), Collections.singletonList("later"));
                TopicPartition partition = new TopicPartition(topic, 0);
                equal(consumer.partitionsFor(topic).size(), 1);
                consumer.seek(partition, 2);
                equal(read(consumer, 3), Arrays.asList("snappy", "lz4", "later"));
                equal(consumer.position(partition), 5L);
            }
        });
        System.exit(failed ? 1 : 0);
    }
}
