// admin since 1.0 until 3.9
// The broker's log directories, under the names that 4.0 took away.

import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.TopicPartition;

public class AdminLogDirs implements Lab.Part {
    @Override
    public void run(Lab lab) throws Exception {
        String topic = Lab.fresh("m");
        lab.write(topic, "a");
        try (AdminClient admin = AdminClient.create(lab.settings())) {
            int node = AdminTopics.node(admin);
            lab.check("describeLogDirs", () -> admin.describeLogDirs(Collections.singleton(node)).all().get().get(node)
                .values().iterator().next().replicaInfos.get(new TopicPartition(topic, 0)).size > 0);
        }
    }
}
