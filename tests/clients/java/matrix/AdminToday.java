// admin since 4.1
// The admin client of 4.1: groups of every type, configs of every resource.

import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.config.ConfigResource;

public class AdminToday implements Lab.Part {
    @Override
    public void run(Lab lab) throws Exception {
        String topic = Lab.fresh("m");
        lab.write(topic, "a");
        try (Admin admin = Admin.create(lab.settings())) {
            for (String protocol : List.of("classic", "consumer")) {
                String group = Lab.fresh("g");
                try (KafkaConsumer<String, String> consumer = lab.consumer("group.id", group, "group.protocol", protocol)) {
                    consumer.subscribe(List.of(topic));
                    Lab.next(consumer, 1);
                    lab.check("listGroups, " + protocol, () -> admin.listGroups().all().get().stream().anyMatch(found ->
                        found.groupId().equals(group) && found.type().equals(Optional.of(GroupType.parse(protocol)))));
                    lab.check("describeConsumerGroups, " + protocol, () -> Lab.equal(
                        admin.describeConsumerGroups(List.of(group)).all().get().get(group).type(), GroupType.parse(protocol)));
                }
            }
            lab.check("a regular expression of the broker's", () -> {
                try (KafkaConsumer<String, String> consumer = lab.consumer("group.protocol", "consumer")) {
                    consumer.subscribe(new SubscriptionPattern(topic + ".?"));
                    return Lab.equal(Lab.values(Lab.next(consumer, 1)), List.of("a"));
                }
            });
            lab.check("describeClassicGroups that is not there", () -> Lab.equal(Lab.error(() ->
                admin.describeClassicGroups(List.of(Lab.fresh("none"))).all().get()), "GroupIdNotFoundException"));
            lab.check("listConfigResources", () -> admin.listConfigResources().all().get().contains(
                new ConfigResource(ConfigResource.Type.TOPIC, topic)));
        }
    }
}
