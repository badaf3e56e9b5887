// since 2.8
// A Kafka Streams application with every kind of state: word counts (a store, with its changelog and its repartition
// topic), counts a window, a stream joined with a table; exactly once.
//
//     java -cp CLASSES:'JARS/*' Streams HOST:PORT APPLICATION START create
//     ... feed FROM TO        writes the records of these numbers
//     ... run STATE GUARANTEE until its input ends
//     ... expect COUNT        waits until the output is that of the first COUNT records, each exactly once
//
// START is the first record's time: one of today, or retention would take the records and the windows' changelog.

import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.kstream.*;

public class Streams {
    static final List<String> TOPICS = Arrays.asList("in", "users", "counts", "windows", "joined");
    static final long WINDOW = 10_000;
    static String address;
    static String application;
    static long start;

    public static void main(String[] words) throws Exception {
        address = words[0];
        application = words[1];
        start = Long.parseLong(words[2]) / WINDOW * WINDOW;
        switch (words[3]) {
            case "create": create(); break;
            case "feed": feed(Integer.parseInt(words[4]), Integer.parseInt(words[5])); break;
            case "run": run(words[4], words[5]); break;
            case "expect": expect(Integer.parseInt(words[4])); break;
            default: throw new IllegalArgumentException(words[3]);
        }
    }

    static String topic(String name) {
        return application + "-" + name;
    }

    static Properties settings(String... pairs) {
        Properties all = new Properties();
        all.put("bootstrap.servers", address);
        for (int at = 0; at < pairs.length; at += 2) {
            all.put(pairs[at], pairs[at + 1]);
        }
        return all;
    }

    static void create() throws Exception {
        try (Admin admin = Admin.create(settings())) {
            List<NewTopic> topics = new ArrayList<>();
            TOPICS.forEach(name -> topics.add(new NewTopic(topic(name), 2, (short) 1)));
            admin.createTopics(topics).all().get();
        }
        try (KafkaProducer<String, String> producer = producer()) {
            // Before the first record, or the join may look at the table too soon.
            for (int user = 0; user < 5; user++) {
                producer.send(new ProducerRecord<>(topic("users"), null, start - 1000, "u" + user, "name" + user)).get();
            }
        }
    }

    static KafkaProducer<String, String> producer() {
        return new KafkaProducer<>(settings("acks", "all"), new StringSerializer(), new StringSerializer());
    }

    static String user(int number) {
        return "u" + number % 5;
    }

    static List<String> words(int number) {
        return Arrays.asList("w" + number % 7, "x" + number % 3, "n" + number);
    }

    static long time(int number) {
        return start + number * 100L;
    }

    static void feed(int from, int to) {
        try (KafkaProducer<String, String> producer = producer()) {
            for (int number = from; number < to; number++) {
                String value = String.join(" ", words(number));
                producer.send(new ProducerRecord<>(topic("in"), null, time(number), user(number), value));
            }
        }
    }

    static Topology topology() {
        StreamsBuilder builder = new StreamsBuilder();
        KStream<String, String> in = builder.stream(topic("in"));
        in.flatMapValues(value -> Arrays.asList(value.split(" "))).groupBy((key, word) -> word)
            .count(Materialized.as("counts")).toStream().mapValues(Object::toString).to(topic("counts"));
        in.groupByKey().windowedBy(Windows.of(WINDOW)).count(Materialized.as("windows")).toStream()
            .map((key, count) -> KeyValue.pair(key.key() + "@" + key.window().start(), count.toString())).to(topic("windows"));
        in.join(builder.<String, String>table(topic("users")), (value, name) -> name + " " + value).to(topic("joined"));
        return builder.build();
    }

    static void run(String state, String guarantee) throws Exception {
        Properties all = settings("application.id", application, "state.dir", state, "processing.guarantee", guarantee,
            "commit.interval.ms", "100", "replication.factor", "1", "num.stream.threads", "2", "auto.offset.reset", "earliest",
            "cache.max.bytes.buffering", "0", "statestore.cache.max.bytes", "0", "session.timeout.ms", "6000",
            "default.key.serde", Serdes.StringSerde.class.getName(), "default.value.serde", Serdes.StringSerde.class.getName());
        KafkaStreams streams = new KafkaStreams(topology(), all);
        streams.setStateListener((now, before) -> System.out.println(now));
        streams.start();
        while (System.in.read() >= 0) {
            // The driver closes this input when the application is to stop.
        }
        streams.close(Duration.ofSeconds(60));
    }

    /// How often each key's count must have been updated, and what must have been joined.
    static Map<String, Integer> wanted(int count) {
        Map<String, Integer> wanted = new TreeMap<>();
        for (int number = 0; number < count; number++) {
            words(number).forEach(word -> wanted.merge("counts " + word, 1, Integer::sum));
            wanted.merge("windows " + user(number) + "@" + time(number) / WINDOW * WINDOW, 1, Integer::sum);
            wanted.merge("joined name" + number % 5 + " " + String.join(" ", words(number)), 1, Integer::sum);
        }
        return wanted;
    }

    static void expect(int count) {
        Map<String, Integer> wanted = wanted(count), found = new TreeMap<>();
        int total = wanted.values().stream().mapToInt(Integer::intValue).sum(), seen = 0;
        long deadline = System.nanoTime() + Duration.ofSeconds(300).toNanos();
        List<TopicPartition> partitions = new ArrayList<>();
        for (String name : TOPICS.subList(2, 5)) {
            partitions.add(new TopicPartition(topic(name), 0));
            partitions.add(new TopicPartition(topic(name), 1));
        }
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
            settings("isolation.level", "read_committed"), new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            // One poll longer than needed: what comes twice comes late.
            boolean over = false;
            while (!over && System.nanoTime() < deadline) {
                over = seen >= total;
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(1000))) {
                    seen++;
                    note(found, record.topic().substring(application.length() + 1), record.key(), record.value());
                }
            }
        }
        if (!found.equals(wanted)) {
            found.entrySet().removeAll(wanted.entrySet());
            throw new AssertionError(seen + " of " + total + " records; not as they should be: " + found);
        }
        System.out.println(total + " records, each once");
    }

    /// A count's updates are 1, 2, 3 and so on: none is left out, none comes twice.
    static void note(Map<String, Integer> found, String name, String key, String value) {
        String what = name + " " + (name.equals("joined") ? value : key);
        int now = found.merge(what, 1, Integer::sum);
        if (!name.equals("joined") && now != Integer.parseInt(value)) {
            throw new AssertionError(what + ": update " + now + " is " + value);
        }
    }
}
