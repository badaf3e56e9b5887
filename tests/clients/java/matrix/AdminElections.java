// admin since 2.4
// The admin client of 2.4: elections, reassignments, offsets and members of a group taken away.

import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;

public class AdminElections implements Lab.Part {
    @Override
    public void run(Lab lab) throws Exception {
        String topic = Lab.fresh("m"), group = Lab.fresh("g");
        TopicPartition partition = new TopicPartition(topic, 0);
        Set<TopicPartition> one = Collections.singleton(partition);
        lab.write(topic, "a");
        try (AdminClient admin = AdminClient.create(lab.settings())) {
            int node = AdminTopics.node(admin);
            lab.check("electLeaders", () -> Lab.equal(Lab.error(() ->
                admin.electLeaders(ElectionType.PREFERRED, one).all().get()), "ElectionNotNeededException"));
            lab.check("electLeaders, all", () -> admin.electLeaders(ElectionType.PREFERRED, null).all().get());
            lab.check("alterPartitionReassignments", () -> admin.alterPartitionReassignments(Collections.singletonMap(partition,
                Optional.of(new NewPartitionReassignment(Collections.singletonList(node))))).all().get());
            lab.check("alterPartitionReassignments, ended", () -> Lab.equal(Lab.error(() -> admin.alterPartitionReassignments(
                Collections.singletonMap(partition, Optional.empty())).all().get()), "NoReassignmentInProgressException"));
            lab.check("listPartitionReassignments", () -> admin.listPartitionReassignments().reassignments().get().isEmpty());
            try (KafkaConsumer<String, String> consumer = lab.consumer("group.id", group, "group.instance.id", "one")) {
                consumer.subscribe(Collections.singletonList(topic));
                Lab.next(consumer, 1);
                consumer.commitSync();
                lab.check("deleteConsumerGroupOffsets of a topic in use", () -> Lab.equal(Lab.error(() ->
                    admin.deleteConsumerGroupOffsets(group, one).all().get()), "GroupSubscribedToTopicException"));
            }
            lab.check("removeMembersFromConsumerGroup", () -> admin.removeMembersFromConsumerGroup(group,
                new RemoveMembersFromConsumerGroupOptions(Collections.singleton(new MemberToRemove("one")))).all().get());
            lab.check("deleteConsumerGroupOffsets", () -> {
                admin.deleteConsumerGroupOffsets(group, one).all().get();
                return !admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().containsKey(partition);
            });
        }
    }
}
