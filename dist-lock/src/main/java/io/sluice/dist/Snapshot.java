package io.sluice.dist;

import io.sluice.rwlock.LockMode;
import io.sluice.rwlock.LockParty;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What describe.lua tells.
 *
 * @param now Redis's time, us
 * @param token of the last write hold
 */
record Snapshot(long now, long token, List<Entry> entries) {
    private static final int HEAD = 2;
    private static final int FIELDS = 3;

    /**
     * A holder or a waiter.
     *
     * @param kind as in describe.lua
     * @param micros by Redis's clock: when a hold runs out; since when a writer waits
     */
    record Entry(char kind, String id, long micros) {
        boolean holds() {
            return kind == 'w' || kind == 'r';
        }

        LockMode mode() {
            return kind == 'w' || kind == 'W' ? LockMode.WRITE : LockMode.READ;
        }

        LockParty party(Duration age) {
            RequestId.Party who = RequestId.Party.of(id);
            return new LockParty(mode(), holds(), who.process(), who.thread(), age);
        }
    }

    static Snapshot of(List<?> answer) {
        List<Entry> entries = new ArrayList<>();
        for (int i = HEAD; i + FIELDS <= answer.size(); i += FIELDS) {
            entries.add(new Entry(
                    ((String) answer.get(i)).charAt(0), (String) answer.get(i + 1), micros(answer.get(i + 2))));
        }
        return new Snapshot(micros(answer.get(0)), micros(answer.get(1)), entries);
    }

    private static long micros(Object text) {
        return (long) Double.parseDouble((String) text);
    }

    /** Of who was in the way of one who has waited so long; kind and id. */
    static List<LockParty> parties(@Nullable String blocker, Duration waited) {
        if (blocker == null || blocker.isEmpty()) {
            return List.of();
        }
        return List.of(new Entry(blocker.charAt(0), blocker.substring(1), 0).party(waited));
    }

    List<LockParty> parties() {
        long longest = entries.stream()
                .filter(entry -> !entry.holds())
                .mapToLong(this::age)
                .max()
                .orElse(0);
        return entries.stream()
                .map(entry -> entry.party(micros(entry.holds() ? longest : age(entry))))
                .toList();
    }

    /** Since the request, in us; by its client's clock if Redis does not know. */
    private long age(Entry entry) {
        long since = entry.kind() == 'W'
                ? entry.micros()
                : RequestId.Party.of(entry.id()).millis() * 1000;
        return Math.max(0, now - since);
    }

    private static Duration micros(long micros) {
        return Duration.ofNanos(micros * 1000);
    }

    String describe(Settings settings, String address) {
        StringBuilder text = new StringBuilder("lock: name=" + settings.name() + ", address=" + address + ", lease="
                + settings.lease().toMillis() + "ms, token=" + token + "\n");
        List<LockParty> parties = parties();
        for (int i = 0; i < parties.size(); i++) {
            Entry entry = entries.get(i);
            text.append("  ")
                    .append(parties.get(i))
                    .append(", age=")
                    .append(age(entry))
                    .append("us");
            if (entry.holds()) {
                text.append(", leaseLeft=")
                        .append((entry.micros() - now) / 1000)
                        .append("ms");
            }
            text.append('\n');
        }
        return text.toString();
    }
}
