package io.sluice.shm.domain;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What /proc tells about processes. For people to read, never as proof: a PID is not an identity. */
final class SelfDescription {
    private static final long PID = ProcessHandle.current().pid();
    private static final long PID_NAMESPACE = readPidNamespace();

    private SelfDescription() {}

    static long pid() {
        return PID;
    }

    /** The inode of this process's PID namespace, 0 where there is none to read. */
    static long pidNamespace() {
        return PID_NAMESPACE;
    }

    /** The main class or jar, without its path and arguments. */
    static String name() {
        String command = System.getProperty("sun.java.command", "java");
        String first = command.isEmpty() ? "java" : command.split(" ", 2)[0];
        return first.substring(first.lastIndexOf('/') + 1);
    }

    /** Clock ticks since boot at which this process started, 0 if unknown. */
    static long startTime() {
        String[] fields = statFields(PID);
        try {
            return fields.length > 19 ? Long.parseLong(fields[19]) : 0;
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** Whether process {@code pid} of this namespace is stopped by a signal or a debugger. */
    static boolean isStopped(long pid) {
        String[] fields = statFields(pid);
        return fields.length > 0 && (fields[0].equals("T") || fields[0].equals("t"));
    }

    /** The fields of /proc/PID/stat from the state on; the command before them may hold spaces and brackets. */
    private static String[] statFields(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        } catch (IOException | IndexOutOfBoundsException e) {
            return new String[0];
        }
    }

    private static long readPidNamespace() {
        try {
            return ((Number) Files.getAttribute(Path.of("/proc/self/ns/pid"), "unix:ino")).longValue();
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return 0;
        }
    }
}
