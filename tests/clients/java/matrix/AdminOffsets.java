// admin since 2.5
// The admin client of 2.5: offsets of partitions, and of groups set by hand.

import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;

public class AdminOffsets implements Lab.Part {
    @Override
    public void run(Lab lab) throws Exception {
        String topic = Lab.fresh("m"), group = Lab.fresh("g");
        TopicPartition partition = new TopicPartition(topic, 0);
        lab.write(topic, "a", "b", "c");
        try (AdminClient admin = AdminClient.create(lab.settings())) {
            Map<String, OffsetSpec> specs = new LinkedHashMap<>();
            specs.put("0", OffsetSpec.earliest());
            specs.put("3", OffsetSpec.latest());
            specs.put("-1", OffsetSpec.forTimestamp(System.currentTimeMillis() + 100_000));
            specs.forEach((expected, spec) -> lab.check("listOffsets, " + spec.getClass().getSimpleName(), () -> Lab.equal(
                "" + admin.listOffsets(Collections.singletonMap(partition, spec)).partitionResult(partition).get().offset(), expected)));
            lab.check("alterConsumerGroupOffsets", () -> {
                admin.alterConsumerGroupOffsets(group, Collections.singletonMap(partition, new OffsetAndMetadata(2, "by hand"))).all().get();
                return Lab.equal(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().get(partition),
                    new OffsetAndMetadata(2, "by hand"));
            });
            lab.check("a group goes on from there", () -> {
                try (KafkaConsumer<String, String> consumer = lab.consumer("group.id", group)) {
                    consumer.subscribe(Collections.singletonList(topic));
                    return Lab.equal(Lab.values(Lab.next(consumer, 1)), Arrays.asList("c"));
                }
            });
            lab.check("listConsumerGroups that are empty", () -> admin.listConsumerGroups().all().get().stream()
                .anyMatch(found -> found.groupId().equals(group)));
        }
    }
}
