package io.sluice.shm.memory;

import io.sluice.shm.os.Natives;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.lang.invoke.VarHandle.AccessMode;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Access to memory by address, without the checks of a buffer, which cost several times the access: for the few words
 * on hot paths whose offsets cannot come from shared memory. Needs no JVM option: a memory segment over all memory where
 * the JDK has it for good (22 and later), else the supported class of jdk.unsupported. With the option that Agrona asks
 * for it takes the JDK's own class, since a segment's checks lie so deep in calls that the compiler does not inline them
 * all in a long procedure. Addresses come from {@link Words#hotAddress}.
 */
public final class RawAccess {
    private static final String INTERNAL = "jdk.internal.misc.Unsafe";

    /** Whether it can be used; if not, the methods must not be called. */
    public static final boolean PRESENT;

    private static final MethodHandle GET_ACQUIRE;
    private static final MethodHandle GET_VOLATILE;
    private static final MethodHandle SET;
    private static final MethodHandle SET_RELEASE;
    private static final MethodHandle SET_VOLATILE;
    private static final MethodHandle CAS;
    private static final MethodHandle INT_VOLATILE;

    static {
        @Nullable Source source = source();
        PRESENT = source != null;
        GET_ACQUIRE = find(source, AccessMode.GET_ACQUIRE, long.class);
        GET_VOLATILE = find(source, AccessMode.GET_VOLATILE, long.class);
        SET = find(source, AccessMode.SET, void.class, long.class);
        SET_RELEASE = find(source, AccessMode.SET_RELEASE, void.class, long.class);
        SET_VOLATILE = find(source, AccessMode.SET_VOLATILE, void.class, long.class);
        CAS = find(source, AccessMode.COMPARE_AND_SET, boolean.class, long.class, long.class);
        INT_VOLATILE = find(source, AccessMode.GET_VOLATILE, int.class);
    }

    private RawAccess() {}

    /** Where the accessors come from: one way of each JDK. */
    private interface Source {
        /** The accessor (long address, parameters) result. */
        MethodHandle find(AccessMode mode, Class<?> result, Class<?>... parameters) throws ReflectiveOperationException;
    }

    private static @Nullable Source source() {
        try {
            if (Natives.available()) {
                Source source =
                        isInternalExported() ? internal() : Runtime.version().feature() >= 22 ? segment() : unsafe();
                source.find(AccessMode.GET_VOLATILE, long.class);
                return source;
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            System.getLogger(RawAccess.class.getName())
                    .log(System.Logger.Level.DEBUG, "no access by address, locks are slower", e);
        }
        return null;
    }

    private static MethodHandle find(
            @Nullable Source source, AccessMode mode, Class<?> result, Class<?>... parameters) {
        try {
            return source == null ? MethodHandles.zero(void.class) : source.find(mode, result, parameters);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("this JDK has one accessor and not the other: mode=" + mode, e);
        }
    }

    private static boolean isInternalExported() throws ReflectiveOperationException {
        Class<?> type = Class.forName(INTERNAL);
        return type.getModule().isExported(type.getPackageName(), RawAccess.class.getModule());
    }

    private static Source internal() throws ReflectiveOperationException {
        Class<?> type = Class.forName(INTERNAL);
        return ofUnsafe(type, type.getMethod("getUnsafe").invoke(null), mode -> switch (mode) {
            case GET_ACQUIRE -> "get%sAcquire";
            case GET_VOLATILE -> "get%sVolatile";
            case SET -> "put%s";
            case SET_RELEASE -> "put%sRelease";
            case SET_VOLATILE -> "put%sVolatile";
            case COMPARE_AND_SET -> "compareAndSet%s";
            default -> throw new IllegalArgumentException("not used: mode=" + mode);
        });
    }

    private static Source unsafe() throws ReflectiveOperationException {
        Class<?> type = Class.forName("sun.misc.Unsafe");
        Field field = type.getDeclaredField("theUnsafe");
        field.setAccessible(true);
        return ofUnsafe(type, field.get(null), mode -> switch (mode) {
            case GET_ACQUIRE, GET_VOLATILE -> "get%sVolatile";
            case SET -> "put%s";
            case SET_RELEASE -> "putOrdered%s";
            case SET_VOLATILE -> "put%sVolatile";
            case COMPARE_AND_SET -> "compareAndSwap%s";
            default -> throw new IllegalArgumentException("not used: mode=" + mode);
        });
    }

    /** {@code names}: of the accessor, with a place for the type of the word. */
    private static Source ofUnsafe(Class<?> type, Object unsafe, Function<AccessMode, String> names) {
        return (mode, result, parameters) -> {
            String name = String.format(names.apply(mode), result == int.class ? "Int" : "Long");
            MethodType based =
                    MethodType.methodType(result, parameters).insertParameterTypes(0, Object.class, long.class);
            MethodHandle found =
                    MethodHandles.lookup().findVirtual(type, name, based).bindTo(unsafe);
            return MethodHandles.insertArguments(found, 0, (Object) null);
        };
    }

    private static Source segment() throws ReflectiveOperationException {
        Class<?> segments = Class.forName("java.lang.foreign.MemorySegment");
        Object all = segments.getMethod("reinterpret", long.class)
                .invoke(segments.getField("NULL").get(null), Long.MAX_VALUE);
        VarHandle longs = words("JAVA_LONG");
        VarHandle ints = words("JAVA_INT");
        return (mode, result, parameters) ->
                MethodHandles.insertArguments((result == int.class ? ints : longs).toMethodHandle(mode), 0, all);
    }

    /** Coordinates: segment, offset. */
    private static VarHandle words(String layout) throws ReflectiveOperationException {
        Class<?> path = Class.forName("java.lang.foreign.MemoryLayout$PathElement");
        Object found =
                Class.forName("java.lang.foreign.ValueLayout").getField(layout).get(null);
        return (VarHandle) Class.forName("java.lang.foreign.MemoryLayout")
                .getMethod("varHandle", path.arrayType())
                .invoke(found, Array.newInstance(path, 0));
    }

    public static long getAcquire(long address) {
        try {
            return (long) GET_ACQUIRE.invokeExact(address);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    static long getVolatile(long address) {
        try {
            return (long) GET_VOLATILE.invokeExact(address);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    public static void set(long address, long value) {
        try {
            SET.invokeExact(address, value);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    public static void setRelease(long address, long value) {
        try {
            SET_RELEASE.invokeExact(address, value);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    static void setVolatile(long address, long value) {
        try {
            SET_VOLATILE.invokeExact(address, value);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    static boolean cas(long address, long expected, long value) {
        try {
            return (boolean) CAS.invokeExact(address, expected, value);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    static int intVolatile(long address) {
        try {
            return (int) INT_VOLATILE.invokeExact(address);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
