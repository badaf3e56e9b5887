// groups since 0.10
// Groups of two with every assignor that the release has: shared, all records once, all partitions to who stays.

import java.util.*;
import java.util.concurrent.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;

public class Groups implements Lab.Part {
    private static final int RECORDS = 400;

    @Override
    public void run(Lab lab) throws Exception {
        List<String> assignors = new ArrayList<>(Arrays.asList("RangeAssignor", "RoundRobinAssignor"));
        if (Lab.since("0.11")) {
            assignors.add("StickyAssignor");
        }
        if (Lab.since("2.4")) {
            assignors.add("CooperativeStickyAssignor");
        }
        for (String assignor : assignors) {
            lab.check(assignor, () -> shared(lab, "partition.assignment.strategy",
                "org.apache.kafka.clients.consumer." + assignor, "session.timeout.ms", "6000", "heartbeat.interval.ms", "200"));
        }
        if (Lab.since("4.0")) {
            for (String assignor : Arrays.asList("uniform", "range")) {
                lab.check("the protocol of KIP-848, " + assignor, () ->
                    shared(lab, "group.protocol", "consumer", "group.remote.assignor", assignor));
            }
        } else if (Lab.since("3.8")) {
            // The first preview, in 3.7, seldom gives up what it is asked for; at Apache Kafka 4.3.1 too.
            lab.check("the protocol of KIP-848", () -> shared(lab, "group.protocol", "consumer"));
        }
    }

    private static Object shared(Lab lab, String... settings) throws Exception {
        String topic = Lab.fresh("m"), group = Lab.fresh("g");
        write(lab, topic, 0);
        try (Member first = new Member(lab, topic, group, settings)) {
            Lab.until("the first has all", () -> first.assigned.size() == 4);
            try (Member second = new Member(lab, topic, group, settings)) {
                Lab.until("both have two", () -> first.assigned.size() == 2 && second.assigned.size() == 2);
                Set<TopicPartition> both = new HashSet<>(first.assigned);
                both.addAll(second.assigned);
                Lab.equal(both.size(), 4);
                write(lab, topic, RECORDS);
                Lab.until("all records", () -> first.seen.size() + second.seen.size() >= 2 * RECORDS);
                Set<String> values = new HashSet<>(first.seen);
                values.addAll(second.seen);
                Lab.equal(values.size(), 2 * RECORDS);
            }
            return Lab.until("the first has all again", () -> first.assigned.size() == 4);
        }
    }

    private static void write(Lab lab, String topic, int from) {
        try (KafkaProducer<String, String> producer = lab.producer("linger.ms", "5")) {
            for (int number = from; number < from + RECORDS; number++) {
                producer.send(new ProducerRecord<>(topic, number % 4, "k", "v" + number));
            }
        }
    }

    /** A member in a thread of its own: commits what it read whenever it gives partitions away. */
    private static final class Member implements AutoCloseable, ConsumerRebalanceListener {
        volatile Set<TopicPartition> assigned = Collections.emptySet();
        final Queue<String> seen = new ConcurrentLinkedQueue<>();
        private final KafkaConsumer<String, String> consumer;
        private final Thread thread;
        private volatile boolean over = false;

        Member(Lab lab, String topic, String group, String... settings) {
            String[] all = Arrays.copyOf(settings, settings.length + 2);
            all[settings.length] = "group.id";
            all[settings.length + 1] = group;
            consumer = lab.consumer(all);
            thread = new Thread(() -> {
                consumer.subscribe(Collections.singletonList(topic), this);
                try {
                    while (!over) {
                        for (ConsumerRecord<String, String> record : Era.poll(consumer, 100)) {
                            seen.add(record.value());
                        }
                        assigned = new HashSet<>(consumer.assignment());
                    }
                    consumer.commitSync();
                } catch (WakeupException | CommitFailedException end) {
                    // It is over, or the group went on without it: what it did not commit is read again.
                } finally {
                    consumer.close();
                }
            });
            thread.start();
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            consumer.commitSync();
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}

        @Override
        public void close() throws InterruptedException {
            over = true;
            thread.join(30_000);
        }
    }
}
