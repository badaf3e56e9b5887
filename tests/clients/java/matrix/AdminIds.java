// admin since 3.1
// The admin client of 3.1: topics described by name and by id, deleted by id.

import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.*;

public class AdminIds implements Lab.Part {
    @Override
    public void run(Lab lab) throws Exception {
        String topic = Lab.fresh("m");
        lab.write(topic, "a");
        try (AdminClient admin = AdminClient.create(lab.settings())) {
            TopicDescription found = admin.describeTopics(Collections.singleton(topic)).allTopicNames().get().get(topic);
            lab.check("describeTopics by name", () -> Lab.equal(found.partitions().size(), 4));
            lab.check("describeTopics by id", () -> Lab.equal(admin.describeTopics(TopicCollection.ofTopicIds(
                Collections.singleton(found.topicId()))).allTopicIds().get().get(found.topicId()).name(), topic));
            // Until 3.5 the client did not look at the broker's error for an id.
            List<String> errors = Arrays.asList("UnknownTopicIdException", "InvalidTopicException");
            lab.check("describeTopics by an id that is not there", () -> errors.contains(Lab.error(() -> admin.describeTopics(
                TopicCollection.ofTopicIds(Collections.singleton(Uuid.randomUuid()))).allTopicIds().get())));
            lab.check("describeTopics that is not there", () -> Lab.equal(Lab.error(() -> admin.describeTopics(
                Collections.singleton(Lab.fresh("none"))).allTopicNames().get()), "UnknownTopicOrPartitionException"));
            lab.check("deleteTopics by id", () -> {
                admin.deleteTopics(TopicCollection.ofTopicIds(Collections.singleton(found.topicId()))).all().get();
                return Lab.until("it is gone", () -> !admin.listTopics().names().get().contains(topic));
            });
        }
    }
}
