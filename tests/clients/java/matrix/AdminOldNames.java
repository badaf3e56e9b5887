// admin since 0.11 until 3.9
// Methods of the admin client that 4.0 took away.

import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.config.ConfigResource;

public class AdminOldNames implements Lab.Part {
    @Override
    public void run(Lab lab) throws Exception {
        String topic = Lab.fresh("m");
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        try (AdminClient admin = AdminClient.create(lab.settings())) {
            admin.createTopics(Collections.singleton(new NewTopic(topic, 3, (short) 1))).all().get();
            lab.check("describeTopics", () -> {
                TopicDescription found = admin.describeTopics(Collections.singleton(topic)).all().get().get(topic);
                return Lab.equal(found.partitions().size(), 3) && Lab.equal(found.partitions().get(0).isr().size(), 1);
            });
            lab.check("describeTopics that is not there", () -> Lab.equal(Lab.error(() ->
                admin.describeTopics(Collections.singleton(Lab.fresh("none"))).all().get()), "UnknownTopicOrPartitionException"));
            lab.check("alterConfigs", () -> {
                Config wanted = new Config(Collections.singleton(new ConfigEntry("max.message.bytes", "5000")));
                admin.alterConfigs(Collections.singletonMap(resource, wanted)).all().get();
                return Lab.until("it holds", () -> admin.describeConfigs(Collections.singleton(resource)).all().get()
                    .get(resource).get("max.message.bytes").value().equals("5000"));
            });
            lab.check("alterConfigs, validate only, wrong value", () -> Lab.equal(Lab.error(() -> admin.alterConfigs(
                Collections.singletonMap(resource, new Config(Collections.singleton(new ConfigEntry("max.message.bytes", "x")))),
                new AlterConfigsOptions().validateOnly(true)).all().get()).startsWith("Invalid"), true));
        }
    }
}
