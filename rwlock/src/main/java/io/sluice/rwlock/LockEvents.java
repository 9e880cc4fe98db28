package io.sluice.rwlock;

import java.util.Locale;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import org.jspecify.annotations.Nullable;

/** JDK Flight Recorder events; all off unless a recording's settings enable them. */
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
        @Description("acquired, timed_out, interrupted, cancelled, closed or inconsistent")
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

    /** What a dead process held was cleared away, or the data was mended. */
    @Name("io.sluice.LockRecovery")
    @Label("Lock Recovery")
    @Category({"Sluice", "Lock"})
    @Enabled(false)
    @StackTrace(false)
    static final class Recovery extends Event {
        @Label("Lock")
        String lock = "";

        @Label("What")
        @Description("owner, writer, reader: whose claim was cleared; data: the repair callback ran")
        String what = "";

        @Label("Participant")
        String participant = "";
    }

    /**
     * Whether the JVM has begun to record at all. Until then the event classes must not be touched: the first of them
     * loads the recorder, which takes 100 ms and more, and that in the middle of a recovery.
     */
    private static boolean isRecorderThere() {
        return PRESENT && FlightRecorder.isInitialized();
    }

    /** An event that has begun; null while they are off. */
    static @Nullable Contended contended() {
        if (!isRecorderThere() || !Contended.PROBE.isEnabled()) {
            return null;
        }
        Contended event = new Contended();
        event.begin();
        return event;
    }

    static void commit(Contended event, String lock, LockMode mode, Outcome outcome) {
        event.end();
        if (event.shouldCommit()) {
            event.lock = lock;
            event.mode = mode.name();
            event.outcome = outcome.name().toLowerCase(Locale.ROOT);
            event.commit();
        }
    }

    /** An event that has begun; null while they are off. */
    static @Nullable LongHold longHold() {
        if (!isRecorderThere() || !LongHold.PROBE.isEnabled()) {
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

    static void recovery(String lock, String what, String participant) {
        if (isRecorderThere()) {
            Recovery event = new Recovery();
            if (event.isEnabled()) {
                event.lock = lock;
                event.what = what;
                event.participant = participant;
                event.commit();
            }
        }
    }
}
