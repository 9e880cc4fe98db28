package io.sluice.shm.domain;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.testing.Stress;
import io.sluice.shm.testing.TemporaryDomain;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("process")
class RacingCreatorsTest {
    private static final int PROCESSES = Stress.choose(8, 32);
    private static final int ROUNDS = Stress.choose(5, 50);
    private static final long LEAD_MILLIS = 30;

    @Test
    void join_manyProcessesAtOnce_allEndOnOneDomainAndOneResource() throws Exception {
        List<Peer> peers = new ArrayList<>();
        try {
            for (int i = 0; i < PROCESSES; i++) {
                peers.add(Peer.start());
            }
            warmUp(peers);
            for (int round = 0; round < ROUNDS; round++) {
                assertOneOfEach(peers);
            }
        } finally {
            peers.forEach(Peer::close);
        }
    }

    /** Loads the classes, so that the race is one of system calls. */
    private static void warmUp(List<Peer> peers) throws InterruptedException {
        try (TemporaryDomain elsewhere = new TemporaryDomain()) {
            for (Peer peer : peers) {
                peer.ask("race", elsewhere.path(), "warm-up", 0);
            }
        }
    }

    private static void assertOneOfEach(List<Peer> peers) throws InterruptedException {
        try (TemporaryDomain fresh = new TemporaryDomain()) {
            long start = System.currentTimeMillis() + LEAD_MILLIS;
            peers.forEach(peer -> peer.tell("race", fresh.path(), "resource", start));
            Set<String> domains = new HashSet<>();
            Set<String> resources = new HashSet<>();
            Set<String> owners = new HashSet<>();
            for (Peer peer : peers) {
                String[] answer = peer.answer().split(" ", -1);
                assertThat(answer).as("answer of a creator").hasSize(3);
                domains.add(answer[0]);
                resources.add(answer[1]);
                owners.add(answer[2]);
            }
            assertThat(domains).as("nonces of the domain").hasSize(1);
            assertThat(resources).as("nonces of the resource").hasSize(1);
            assertThat(owners).as("owner words").hasSize(peers.size());
            assertThat(fresh.path().toFile().list())
                    .as("files of the domain")
                    .containsExactlyInAnyOrder("domain", "domain.lock", "live", "resource");
        }
    }
}
