package io.sluice.dist;

import io.sluice.rwlock.LockMode;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import org.jspecify.annotations.Nullable;

/**
 * JDK Flight Recorder events, under the names and with the fields that the locks of one host use, so that one setting
 * enables both; all off unless a recording's settings enable them.
 */
final class LockEvents {
    private static final boolean PRESENT =
            ModuleLayer.boot().findModule("jdk.jfr").isPresent();

    private LockEvents() {}

    /** An acquisition that could not be served at once. */
    @Name("io.sluice.LockContended")
    @Label("Contended Lock Acquisition")
    @Category({"Sluice", "Lock"})
    @Enabled(false)
    @Threshold("0 ms")
    static final class Contended extends Event {
        static final Contended PROBE = new Contended();

        @Label("Lock")
        String lock = "";

        @Label("Mode")
        String mode = "";

        @Label("Outcome")
        @Description("acquired, timed_out, interrupted, cancelled, closed or failed")
        String outcome = "";
    }

    /** A write hold that lasted longer than the threshold. */
    @Name("io.sluice.LockLongHold")
    @Label("Long Write Hold")
    @Category({"Sluice", "Lock"})
    @Enabled(false)
    @Threshold("10 ms")
    static final class LongHold extends Event {
        static final LongHold PROBE = new LongHold();

        @Label("Lock")
        String lock = "";
    }

    /** A hold was lost before it was closed. */
    @Name("io.sluice.LockLost")
    @Label("Lost Lock Hold")
    @Category({"Sluice", "Lock"})
    @Enabled(false)
    @StackTrace(false)
    static final class Lost extends Event {
        @Label("Lock")
        String lock = "";

        @Label("Mode")
        String mode = "";

        @Label("Reason")
        String reason = "";
    }

    /** An event that has begun; null while they are off. */
    static @Nullable Contended contended() {
        if (!PRESENT || !Contended.PROBE.isEnabled()) {
            return null;
        }
        Contended event = new Contended();
        event.begin();
        return event;
    }

    static void commit(Contended event, String lock, LockMode mode, String outcome) {
        event.end();
        if (event.shouldCommit()) {
            event.lock = lock;
            event.mode = mode.name();
            event.outcome = outcome;
            event.commit();
        }
    }

    /** An event that has begun; null while they are off. */
    static @Nullable LongHold longHold() {
        if (!PRESENT || !LongHold.PROBE.isEnabled()) {
            return null;
        }
        LongHold event = new LongHold();
        event.begin();
        return event;
    }

    static void commit(LongHold event, String lock) {
        event.end();
        if (event.shouldCommit()) {
            event.lock = lock;
            event.commit();
        }
    }

    static void lost(String lock, LockMode mode, String reason) {
        if (PRESENT) {
            Lost event = new Lost();
            if (event.isEnabled()) {
                event.lock = lock;
                event.mode = mode.name();
                event.reason = reason;
                event.commit();
            }
        }
    }
}
