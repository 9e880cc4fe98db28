package io.sluice.rwlock;

import io.sluice.shm.Domain;
import io.sluice.shm.channel.Channel;
import io.sluice.shm.channel.PublicationContract;
import java.io.IOException;

class GuardedPublicationContractTest extends PublicationContract {
    @Override
    protected Channel open(Domain domain, String name, int capacity) throws IOException {
        return GuardedChannel.named(name).capacity(capacity).open(domain);
    }
}
