// admin since 1.0
// The admin client of 1.0: partitions added, log directories of replicas.

import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.TopicPartitionReplica;

public class AdminPartitions implements Lab.Part {
    @Override
    public void run(Lab lab) throws Exception {
        String topic = Lab.fresh("m");
        try (AdminClient admin = AdminClient.create(lab.settings())) {
            int node = AdminTopics.node(admin);
            admin.createTopics(Collections.singleton(new NewTopic(topic, 1, (short) 1))).all().get();
            lab.check("createPartitions", () -> admin.createPartitions(
                Collections.singletonMap(topic, NewPartitions.increaseTo(3))).all().get());
            lab.check("createPartitions, fewer", () -> Lab.equal(Lab.error(() -> admin.createPartitions(
                Collections.singletonMap(topic, NewPartitions.increaseTo(2))).all().get()), "InvalidPartitionsException"));
            TopicPartitionReplica replica = new TopicPartitionReplica(topic, 2, node);
            lab.check("describeReplicaLogDirs", () -> admin.describeReplicaLogDirs(Collections.singleton(replica)).all().get()
                .get(replica).getCurrentReplicaLogDir() != null);
            lab.check("alterReplicaLogDirs", () -> {
                String folder = admin.describeReplicaLogDirs(Collections.singleton(replica)).all().get()
                    .get(replica).getCurrentReplicaLogDir();
                return admin.alterReplicaLogDirs(Collections.singletonMap(replica, folder)).all().get();
            });
            lab.check("alterReplicaLogDirs to a folder that is not there", () -> Lab.equal(Lab.error(() ->
                admin.alterReplicaLogDirs(Collections.singletonMap(replica, "/no/such")).all().get()), "LogDirNotFoundException"));
        }
    }
}
