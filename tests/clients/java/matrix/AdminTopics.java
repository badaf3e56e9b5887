// admin since 0.11
// The admin client of 0.11: topics made, listed, deleted; configs read; the cluster.

import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;

public class AdminTopics implements Lab.Part {
    @Override
    public void run(Lab lab) throws Exception {
        String topic = Lab.fresh("m");
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        try (AdminClient admin = AdminClient.create(lab.settings())) {
            NewTopic wanted = new NewTopic(topic, 3, (short) 1).configs(Collections.singletonMap("retention.ms", "7777777"));
            lab.check("createTopics, validate only", () -> admin.createTopics(
                Collections.singleton(wanted), new CreateTopicsOptions().validateOnly(true)).all().get());
            lab.check("createTopics", () -> {
                admin.createTopics(Collections.singleton(wanted)).all().get();
                return Lab.until("it is listed", () -> admin.listTopics().names().get().contains(topic));
            });
            lab.check("createTopics, with assignments", () -> admin.createTopics(Collections.singleton(new NewTopic(
                Lab.fresh("m"), Collections.singletonMap(0, Collections.singletonList(node(admin)))))).all().get());
            lab.check("createTopics twice", () -> Lab.equal(Lab.error(() ->
                admin.createTopics(Collections.singleton(wanted)).all().get()), "TopicExistsException"));
            lab.check("createTopics, two replicas", () -> Lab.equal(Lab.error(() -> admin.createTopics(
                Collections.singleton(new NewTopic(Lab.fresh("m"), 1, (short) 2))).all().get()), "InvalidReplicationFactorException"));
            lab.check("createTopics, a config that there is not", () -> Lab.equal(Lab.error(() -> admin.createTopics(
                Collections.singleton(new NewTopic(Lab.fresh("m"), 1, (short) 1).configs(Collections.singletonMap("no.such", "1"))))
                .all().get()), "InvalidConfigurationException"));
            lab.check("listTopics with internal ones", () ->
                admin.listTopics(new ListTopicsOptions().listInternal(true)).namesToListings().get().containsKey(topic));
            lab.check("describeConfigs of a topic", () -> {
                ConfigEntry entry = admin.describeConfigs(Collections.singleton(resource)).all().get().get(resource).get("retention.ms");
                return Lab.equal(entry.value(), "7777777") && Lab.equal(entry.isDefault(), false);
            });
            lab.check("describeConfigs of a broker", () -> {
                ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, "" + node(admin));
                return Lab.equal(admin.describeConfigs(Collections.singleton(broker)).all().get().get(broker)
                    .get("num.partitions").value(), "4");
            });
            lab.check("describeCluster", () -> {
                DescribeClusterResult found = admin.describeCluster();
                Node only = found.nodes().get().iterator().next();
                return Lab.equal(only.id(), found.controller().get().id()) && Lab.equal(found.clusterId().get() != null, true);
            });
            lab.check("deleteTopics", () -> {
                admin.deleteTopics(Collections.singleton(topic)).all().get();
                return Lab.until("it is gone", () -> !admin.listTopics().names().get().contains(topic));
            });
            lab.check("deleteTopics twice", () -> Lab.equal(Lab.error(() ->
                admin.deleteTopics(Collections.singleton(topic)).all().get()), "UnknownTopicOrPartitionException"));
        }
    }

    static int node(AdminClient admin) throws Exception {
        return admin.describeCluster().controller().get().id();
    }
}
