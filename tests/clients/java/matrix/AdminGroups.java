// admin since 2.0
// The admin client of 2.0: groups listed, described, deleted, their offsets.

import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;

public class AdminGroups implements Lab.Part {
    @Override
    public void run(Lab lab) throws Exception {
        String topic = Lab.fresh("m"), group = Lab.fresh("g");
        List<String> one = Collections.singletonList(group);
        TopicPartition partition = new TopicPartition(topic, 0);
        lab.write(topic, "a", "b", "c");
        try (AdminClient admin = AdminClient.create(lab.settings())) {
            try (KafkaConsumer<String, String> consumer = lab.consumer("group.id", group, "client.id", "me")) {
                consumer.subscribe(Collections.singletonList(topic));
                Lab.next(consumer, 3);
                consumer.commitSync(Collections.singletonMap(partition, new OffsetAndMetadata(3, "three")));
                lab.check("listConsumerGroups", () -> admin.listConsumerGroups().all().get().stream()
                    .anyMatch(found -> found.groupId().equals(group)));
                lab.check("describeConsumerGroups", () -> {
                    ConsumerGroupDescription found = admin.describeConsumerGroups(one).all().get().get(group);
                    MemberDescription member = found.members().iterator().next();
                    return Lab.equal(Arrays.asList(found.partitionAssignor(), member.clientId(),
                        member.assignment().topicPartitions().size(), found.coordinator().id()),
                        Arrays.asList("range", "me", 4, AdminTopics.node(admin)));
                });
                lab.check("deleteConsumerGroups with a member", () -> Lab.equal(Lab.error(() ->
                    admin.deleteConsumerGroups(one).all().get()), "GroupNotEmptyException"));
            }
            lab.check("listConsumerGroupOffsets", () -> Lab.equal(admin.listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata().get().get(partition).metadata(), "three"));
            lab.check("deleteConsumerGroups", () -> admin.deleteConsumerGroups(one).all().get());
            lab.check("deleteConsumerGroups twice", () -> Lab.equal(Lab.error(() ->
                admin.deleteConsumerGroups(one).all().get()), "GroupIdNotFoundException"));
        }
    }
}
