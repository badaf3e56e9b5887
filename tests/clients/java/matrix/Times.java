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
        // Not long ago: what is older than its retention may go at any time.
        long start = System.currentTimeMillis() - 3_600_000;
        TopicPartition written = new TopicPartition(topic, 0), empty = new TopicPartition(topic, 1);
        try (KafkaProducer<String, String> producer = lab.producer("compression.type", "gzip", "linger.ms", "5")) {
            for (long number = 0; number < 100; number++) {
                producer.send(new ProducerRecord<>(topic, 0, start + 10 * number, "k", "v"));
            }
        }
        try (KafkaConsumer<String, String> consumer = lab.consumer()) {
            lab.check("beginningOffsets and endOffsets", () -> {
                List<TopicPartition> both = Arrays.asList(written, empty);
                Map<TopicPartition, Long> first = consumer.beginningOffsets(both), last = consumer.endOffsets(both);
                return Lab.equal(Arrays.asList(first.get(written), first.get(empty), last.get(written), last.get(empty)),
                    Arrays.asList(0L, 0L, 100L, 0L));
            });
            for (long[] pair : new long[][] {{-start, 0}, {0, 0}, {1, 1}, {500, 50}, {990, 99}}) {
                lab.check("offsetsForTimes, offset " + pair[1] + (pair[0] < 0 ? ", from time 0" : ""), () -> {
                    OffsetAndTimestamp found = consumer.offsetsForTimes(Collections.singletonMap(written, start + pair[0])).get(written);
                    return Lab.equal(found.offset(), pair[1]) && Lab.equal(found.timestamp(), start + 10 * pair[1]);
                });
            }
            lab.check("offsetsForTimes, later than all", () ->
                consumer.offsetsForTimes(Collections.singletonMap(written, start + 2000)).get(written) == null);
            lab.check("offsetsForTimes, nothing there", () ->
                consumer.offsetsForTimes(Collections.singletonMap(empty, 0L)).get(empty) == null);
        }
    }
}
