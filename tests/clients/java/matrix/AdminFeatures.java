// admin since 2.7
// The admin client of 2.7: features, log directories.

import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.TopicPartition;

public class AdminFeatures implements Lab.Part {
    @Override
    public void run(Lab lab) throws Exception {
        String topic = Lab.fresh("m");
        lab.write(topic, "a");
        try (AdminClient admin = AdminClient.create(lab.settings())) {
            int node = AdminTopics.node(admin);
            lab.check("describeFeatures", () ->
                admin.describeFeatures().featureMetadata().get().finalizedFeatures().containsKey("metadata.version"));
            lab.check("describeLogDirs", () -> admin.describeLogDirs(Collections.singleton(node)).allDescriptions().get().get(node)
                .values().iterator().next().replicaInfos().get(new TopicPartition(topic, 0)).size() > 0);
        }
    }
}
