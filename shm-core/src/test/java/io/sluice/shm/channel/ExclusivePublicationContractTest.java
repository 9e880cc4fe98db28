package io.sluice.shm.channel;

import io.sluice.shm.Domain;
import java.io.IOException;

class ExclusivePublicationContractTest extends PublicationContract {
    @Override
    protected Channel open(Domain domain, String name, int capacity) throws IOException {
        return Channel.named(name).capacity(capacity).open(domain);
    }
}
