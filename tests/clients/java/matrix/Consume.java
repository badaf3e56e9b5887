// consume since 0.10
// The consumer on its own: subscribe, assign, seek, pause, commits with metadata.

import java.util.*;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;

public class Consume implements Lab.Part {
    @Override
    public void run(Lab lab) throws Exception {
        String topic = Lab.fresh("m");
        TopicPartition partition = new TopicPartition(topic, 0);
        List<TopicPartition> one = Collections.singletonList(partition);
        lab.write(topic, "a", "b", "c", "d", "e");
        lab.check("assign and seek", () -> seek(lab, one));
        lab.check("pause and resume", () -> pause(lab, one));
        lab.check("max.poll.records", () -> {
            try (KafkaConsumer<String, String> consumer = lab.consumer("max.poll.records", "2")) {
                consumer.assign(one);
                return Lab.equal(Lab.values(Lab.next(consumer, 1)), Arrays.asList("a", "b"));
            }
        });
        lab.check("subscribe, commitSync with metadata, go on", () -> commit(lab, partition));
        lab.check("commitAsync", () -> commitAsync(lab, partition));
        lab.check("commits by itself", () -> byItself(lab, partition));
        lab.check("subscribe to a pattern", () -> pattern(lab));
        lab.check("auto.offset.reset=none without an offset", () -> Lab.equal(Lab.error(() -> {
            try (KafkaConsumer<String, String> consumer = lab.consumer("auto.offset.reset", "none")) {
                consumer.assign(one);
                return Lab.next(consumer, 1);
            }
        }), "NoOffsetForPartitionException"));
        lab.check("an offset out of range", () -> Lab.equal(Lab.error(() -> {
            try (KafkaConsumer<String, String> consumer = lab.consumer("auto.offset.reset", "none")) {
                consumer.assign(one);
                consumer.seek(partition, 900);
                return Lab.next(consumer, 1);
            }
        }), "OffsetOutOfRangeException"));
        lab.check("listTopics and partitionsFor", () -> {
            try (KafkaConsumer<String, String> consumer = lab.consumer()) {
                return Lab.equal(consumer.listTopics().get(topic).size(), 4) && Lab.equal(consumer.partitionsFor(topic).size(), 4);
            }
        });
    }

    private static Object seek(Lab lab, List<TopicPartition> one) {
        TopicPartition partition = one.get(0);
        try (KafkaConsumer<String, String> consumer = lab.consumer()) {
            consumer.assign(one);
            Lab.equal(Lab.values(Lab.next(consumer, 5)), Arrays.asList("a", "b", "c", "d", "e"));
            Lab.equal(consumer.position(partition), 5L);
            consumer.seek(partition, 3);
            Lab.equal(Lab.values(Lab.next(consumer, 2)), Arrays.asList("d", "e"));
            consumer.seekToBeginning(one);
            Lab.equal(consumer.position(partition), 0L);
            consumer.seekToEnd(one);
            return Lab.equal(consumer.position(partition), 5L);
        }
    }

    private static Object pause(Lab lab, List<TopicPartition> one) {
        try (KafkaConsumer<String, String> consumer = lab.consumer()) {
            consumer.assign(one);
            consumer.pause(one);
            Lab.equal(Era.poll(consumer, 300).count(), 0);
            Lab.equal(consumer.paused(), new HashSet<>(one));
            consumer.resume(one);
            return Lab.equal(Lab.next(consumer, 5).size(), 5);
        }
    }

    private static Object commit(Lab lab, TopicPartition partition) {
        String group = Lab.fresh("g");
        try (KafkaConsumer<String, String> consumer = lab.consumer("group.id", group)) {
            consumer.subscribe(Collections.singletonList(partition.topic()));
            Lab.next(consumer, 5);
            consumer.commitSync(Collections.singletonMap(partition, new OffsetAndMetadata(2, "as far as b")));
            Lab.equal(Era.committed(consumer, partition).metadata(), "as far as b");
            Lab.equal(Lab.error(() -> {
                char[] much = new char[5000];
                consumer.commitSync(Collections.singletonMap(partition, new OffsetAndMetadata(3, new String(much))));
                return true;
            }), "OffsetMetadataTooLarge");
        }
        try (KafkaConsumer<String, String> consumer = lab.consumer("group.id", group)) {
            consumer.subscribe(Collections.singletonList(partition.topic()));
            return Lab.equal(Lab.values(Lab.next(consumer, 3)), Arrays.asList("c", "d", "e"));
        }
    }

    private static Object commitAsync(Lab lab, TopicPartition partition) throws Exception {
        try (KafkaConsumer<String, String> consumer = lab.consumer()) {
            consumer.assign(Collections.singletonList(partition));
            Lab.next(consumer, 5);
            List<Object> outcome = new ArrayList<>();
            consumer.commitAsync((offsets, error) -> outcome.add(error == null ? offsets.get(partition).offset() : error));
            Lab.until("the commit's answer", () -> {
                Era.poll(consumer, 50);
                return !outcome.isEmpty();
            });
            return Lab.equal(outcome.get(0), 5L) && Lab.equal(Era.committed(consumer, partition).offset(), 5L);
        }
    }

    private static Object byItself(Lab lab, TopicPartition partition) {
        String group = Lab.fresh("g");
        try (KafkaConsumer<String, String> consumer = lab.consumer("group.id", group, "enable.auto.commit", "true")) {
            consumer.subscribe(Collections.singletonList(partition.topic()));
            Lab.next(consumer, 5);
        }
        try (KafkaConsumer<String, String> consumer = lab.consumer("group.id", group)) {
            return Lab.equal(Era.committed(consumer, partition).offset(), 5L);
        }
    }

    private static Object pattern(Lab lab) throws Exception {
        String stem = Lab.fresh("p");
        lab.write(stem + "-a", "1");
        try (KafkaConsumer<String, String> consumer = lab.consumer("metadata.max.age.ms", "500")) {
            consumer.subscribe(Pattern.compile(stem + "-.*"), new ConsumerRebalanceListener() {
                @Override
                public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}

                @Override
                public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}
            });
            Lab.equal(Lab.values(Lab.next(consumer, 1)), Arrays.asList("1"));
            consumer.commitSync();
            lab.write(stem + "-b", "2");
            return Lab.equal(Lab.values(Lab.next(consumer, 1)), Arrays.asList("2"));
        }
    }
}
