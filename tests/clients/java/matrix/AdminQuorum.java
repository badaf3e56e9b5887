// admin since 3.3
// The admin client of 3.3: the metadata quorum, features upgraded.

import java.util.*;
import org.apache.kafka.clients.admin.*;

public class AdminQuorum implements Lab.Part {
    @Override
    public void run(Lab lab) throws Exception {
        try (AdminClient admin = AdminClient.create(lab.settings())) {
            lab.check("describeMetadataQuorum", () -> {
                QuorumInfo found = admin.describeMetadataQuorum().quorumInfo().get();
                return Lab.equal(found.voters().size(), 1) && Lab.equal(found.leaderId(), found.voters().get(0).replicaId());
            });
            lab.check("updateFeatures, validate only", () -> {
                short level = admin.describeFeatures().featureMetadata().get().finalizedFeatures().get("metadata.version").maxVersionLevel();
                return admin.updateFeatures(Collections.singletonMap("metadata.version",
                    new FeatureUpdate(level, FeatureUpdate.UpgradeType.UPGRADE)),
                    new UpdateFeaturesOptions().validateOnly(true)).all().get();
            });
            lab.check("updateFeatures, one that there is not", () -> !Lab.error(() -> admin.updateFeatures(
                Collections.singletonMap("no.such", new FeatureUpdate((short) 1, FeatureUpdate.UpgradeType.UPGRADE)),
                new UpdateFeaturesOptions()).all().get()).equals("none"));
        }
    }
}
