// since 0.10
// Java clients of every release of Apache Kafka: what all parts of the matrix share, and where they are run.
//
//     java -cp CLASSES:'JARS/*' Lab HOST:PORT VERSION PART...
//
// A part is a class of this folder; the first line of its file says which releases have what it calls, and it is
// compiled against those only. One line a check: `ok PART: NAME` or `FAIL PART: NAME: why`.

import java.time.Duration;
import java.util.*;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.*;

public class Lab {
    /** A part of the matrix. */
    public interface Part {
        void run(Lab lab) throws Exception;
    }

    /** What is checked: fails by an exception, or by being false. */
    interface Check {
        Object run() throws Exception;
    }

    static final Duration PATIENCE = Duration.ofSeconds(60);

    /** The release of the client under test: the class that knows it has not kept its place. */
    private static String version;

    final String address;
    private String part = "";
    private boolean failed = false;

    Lab(String address) {
        this.address = address;
    }

    public static void main(String[] words) throws Exception {
        Lab lab = new Lab(words[0]);
        version = words[1];
        for (String name : Arrays.asList(words).subList(2, words.length)) {
            lab.part = name;
            try {
                ((Part) Class.forName(name).getDeclaredConstructor().newInstance()).run(lab);
            } catch (Exception error) {
                lab.fail("to its end", error);
            }
        }
        System.out.flush();
        System.exit(lab.failed ? 1 : 0);
    }

    void check(String name, Check check) {
        try {
            if (Boolean.FALSE.equals(check.run())) {
                throw new AssertionError("not what was expected");
            }
            System.out.println("ok " + part + ": " + name);
        } catch (Exception | AssertionError | LinkageError error) {
            fail(name, error);
        }
    }

    private void fail(String name, Throwable error) {
        failed = true;
        Throwable cause = error instanceof ExecutionException && error.getCause() != null ? error.getCause() : error;
        System.out.println("FAIL " + part + ": " + name + ": " + cause.toString().replace('\n', ' '));
        cause.printStackTrace();
    }

    /** The simple name of the error that this ends with; `none` if it does not. */
    static String error(Check check) {
        try {
            check.run();
            return "none";
        } catch (ExecutionException error) {
            return error.getCause().getClass().getSimpleName();
        } catch (Exception error) {
            return error.getClass().getSimpleName();
        }
    }

    static boolean equal(Object found, Object expected) {
        if (!found.equals(expected)) {
            throw new AssertionError(found + " instead of " + expected);
        }
        return true;
    }

    static boolean until(String what, Callable<Boolean> holds) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!holds.call()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not in time: " + what);
            }
        }
        return true;
    }

    /** Whether the client under test is of this release or a later one: `2.1`, `0.11`. */
    static boolean since(String release) {
        int[] own = numbers(version), other = numbers(release);
        for (int at = 0; at < other.length; at++) {
            if (own[at] != other[at]) {
                return own[at] > other[at];
            }
        }
        return true;
    }

    private static int[] numbers(String version) {
        return Arrays.stream(version.split("[.-]")).limit(3).mapToInt(Integer::parseInt).toArray();
    }

    static List<String> codecs() {
        List<String> all = new ArrayList<>(Arrays.asList("none", "gzip", "snappy", "lz4"));
        if (since("2.1")) {
            all.add("zstd");
        }
        return all;
    }

    static String fresh(String name) {
        return name + "-" + UUID.randomUUID().toString().substring(0, 8);
    }

    Properties settings(String... pairs) {
        Properties all = new Properties();
        all.put("bootstrap.servers", address);
        for (int at = 0; at < pairs.length; at += 2) {
            all.put(pairs[at], pairs[at + 1]);
        }
        return all;
    }

    KafkaProducer<String, String> producer(String... pairs) {
        return new KafkaProducer<>(settings(pairs), new StringSerializer(), new StringSerializer());
    }

    KafkaConsumer<String, String> consumer(String... pairs) {
        Properties all = settings("auto.offset.reset", "earliest", "enable.auto.commit", "false", "group.id", fresh("g"));
        all.putAll(settings(pairs));
        return new KafkaConsumer<>(all, new StringDeserializer(), new StringDeserializer());
    }

    /** Writes the values to partition 0. */
    void write(String topic, String... values) throws Exception {
        try (KafkaProducer<String, String> producer = producer()) {
            for (String value : values) {
                producer.send(new ProducerRecord<>(topic, 0, "k", value)).get();
            }
        }
    }

    /** The next `count` records, or as many as come in time. */
    static List<ConsumerRecord<String, String>> next(KafkaConsumer<String, String> consumer, int count) {
        List<ConsumerRecord<String, String>> found = new ArrayList<>();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (found.size() < count && System.nanoTime() < deadline) {
            Era.poll(consumer, 200).forEach(found::add);
        }
        return found;
    }

    static List<String> values(List<ConsumerRecord<String, String>> records) {
        List<String> values = new ArrayList<>();
        records.forEach(record -> values.add(record.value()));
        return values;
    }

    /** The first `count` values of partition 0. */
    List<String> read(String topic, int count, String... pairs) {
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaConsumer<String, String> consumer = consumer(pairs)) {
            consumer.assign(Collections.singletonList(partition));
            consumer.seekToBeginning(Collections.singletonList(partition));
            return values(next(consumer, count));
        }
    }
}
