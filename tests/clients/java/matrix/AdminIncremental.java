// admin since 2.3
// What came with 2.3: configs altered one by one, static members.

import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.config.ConfigResource;

public class AdminIncremental implements Lab.Part {
    @Override
    public void run(Lab lab) throws Exception {
        String topic = Lab.fresh("m");
        lab.write(topic, "a");
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        try (AdminClient admin = AdminClient.create(lab.settings())) {
            Object[][] steps = {
                {AlterConfigOp.OpType.SET, "delete"}, {AlterConfigOp.OpType.APPEND, "compact"},
                {AlterConfigOp.OpType.SUBTRACT, "delete"}, {AlterConfigOp.OpType.DELETE, ""},
            };
            String[] outcome = {"delete", "delete,compact", "compact", "delete"};
            for (int at = 0; at < steps.length; at++) {
                AlterConfigOp step = new AlterConfigOp(
                    new ConfigEntry("cleanup.policy", (String) steps[at][1]), (AlterConfigOp.OpType) steps[at][0]);
                String expected = outcome[at];
                lab.check("incrementalAlterConfigs, " + steps[at][0], () -> {
                    admin.incrementalAlterConfigs(Collections.singletonMap(resource, Collections.singleton(step))).all().get();
                    return Lab.until(expected, () -> admin.describeConfigs(Collections.singleton(resource)).all().get()
                        .get(resource).get("cleanup.policy").value().equals(expected));
                });
            }
            lab.check("a static member stays in its group", () -> {
                String group = Lab.fresh("g");
                for (int turn = 0; turn < 2; turn++) {
                    try (KafkaConsumer<String, String> consumer = lab.consumer("group.id", group, "group.instance.id", "one")) {
                        consumer.subscribe(Collections.singletonList(topic));
                        Lab.equal(Lab.next(consumer, 1).size(), 1);
                    }
                    Lab.equal(admin.describeConsumerGroups(Collections.singleton(group)).all().get().get(group).members().size(), 1);
                }
                return true;
            });
        }
    }
}
