// times since 0.10.1
// Offsets by time, first and last offsets.

import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;

public class Times implements Lab.Part {
    @Override
    public void run(Lab lab) throws Exception {
        String topic = Lab.fresh("m");
        TopicPartition written = new TopicPartition(topic, 0), empty = new TopicPartition(topic, 1);
        try (KafkaProducer<String, String> producer = lab.producer("compression.type", "gzip", "linger.ms", "5")) {
            for (long number = 0; number < 100; number++) {
                producer.send(new ProducerRecord<>(topic, 0, 1_000_000 + 10 * number, "k", "v"));
            }
        }
        try (KafkaConsumer<String, String> consumer = lab.consumer()) {
            lab.check("beginningOffsets and endOffsets", () -> {
                List<TopicPartition> both = Arrays.asList(written, empty);
                Map<TopicPartition, Long> first = consumer.beginningOffsets(both), last = consumer.endOffsets(both);
                return Lab.equal(Arrays.asList(first.get(written), first.get(empty), last.get(written), last.get(empty)),
                    Arrays.asList(0L, 0L, 100L, 0L));
            });
            for (long[] pair : new long[][] {{0, 0}, {1_000_000, 0}, {1_000_001, 1}, {1_000_500, 50}, {1_000_990, 99}}) {
                lab.check("offsetsForTimes, " + pair[0], () -> {
                    OffsetAndTimestamp found = consumer.offsetsForTimes(Collections.singletonMap(written, pair[0])).get(written);
                    return Lab.equal(found.offset(), pair[1]) && Lab.equal(found.timestamp(), 1_000_000 + 10 * pair[1]);
                });
            }
            lab.check("offsetsForTimes, later than all", () ->
                consumer.offsetsForTimes(Collections.singletonMap(written, 2_000_000L)).get(written) == null);
            lab.check("offsetsForTimes, nothing there", () ->
                consumer.offsetsForTimes(Collections.singletonMap(empty, 0L)).get(empty) == null);
        }
    }
}
