package io.sluice.shm.os;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.OwnProcess;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class JavaLocksTest extends KernelLocksContract {
    JavaLocksTest() {
        super(JavaLocks.INSTANCE);
    }

    @Test
    void tryLock_heldByAProcessWithOfdLocks_isRefusedAndTheReverse() throws Exception {
        assumeTrue(Natives.available(), Natives::reason);
        assertExcludesProcessWith(OfdLocks.INSTANCE);
    }

    @Test
    void awaitRelease_noLongerWanted_returnsThoughHeld() throws Exception {
        try (TemporaryDomain directory = new TemporaryDomain()) {
            Path file = directory.parent().resolve("lock");
            AtomicBoolean wanted = new AtomicBoolean(true);
            try (KernelLocks.Held held = JavaLocks.INSTANCE.tryLock(file, 0600)) {
                assertThat(held).isNotNull();
                Thread waiter = new Thread(() -> await(file, wanted), "release-waiter");
                waiter.start();
                Conditions.awaitBlocked(waiter, ofSeconds(10));

                wanted.set(false);

                Conditions.join(waiter, ofSeconds(1));
                assertThat(JavaLocks.INSTANCE.isHeld(file)).isTrue();
            }
        }
    }

    /** Two copies of the library in one process: the kernel takes their locks for one another's. */
    @Test
    @Tag("process")
    void isHeld_heldByTheLibraryOfAnotherClassLoader_isTrueAndDoesNotDropIt() throws Exception {
        try (TemporaryDomain directory = new TemporaryDomain();
                URLClassLoader loader = new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader())) {
            Path file = directory.parent().resolve("lock");
            try (Closeable held = tryLock(loader, file);
                    LockPeer peer = LockPeer.start(JavaLocks.INSTANCE)) {
                assertThat(held).isNotNull();
                for (int i = 0; i < 50; i++) {
                    assertThat(JavaLocks.INSTANCE.isHeld(file)).isTrue();
                    assertThat(JavaLocks.INSTANCE.tryLock(file, 0600)).isNull();
                }
                assertThat(peer.isHeld(file)).isTrue();
                assertThat(OwnProcess.descriptorsUnder(directory.parent())).hasSizeLessThan(5);
            }
            assertThat(JavaLocks.INSTANCE.isHeld(file)).isFalse();
            assertThat(OwnProcess.descriptorsUnder(directory.parent())).isEmpty();
        }
    }

    private static URL[] classPath() throws IOException {
        List<URL> urls = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        return urls.toArray(URL[]::new);
    }

    private static Closeable tryLock(ClassLoader loader, Path file) throws ReflectiveOperationException {
        Class<?> type = loader.loadClass(JavaLocks.class.getName());
        Field instance = type.getDeclaredField("INSTANCE");
        instance.setAccessible(true);
        Method tryLock = type.getDeclaredMethod("tryLock", Path.class, int.class);
        tryLock.setAccessible(true);
        return (Closeable) tryLock.invoke(instance.get(null), file, 0600);
    }

    private static void await(Path file, AtomicBoolean wanted) {
        try {
            JavaLocks.INSTANCE.awaitRelease(file, wanted::get);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void tryLock_sameFileByAnotherPath_isRefused() throws Exception {
        try (TemporaryDomain directory = new TemporaryDomain()) {
            Path file = directory.parent().resolve("lock");
            Path detour = directory.parent().resolve(".").resolve("lock");
            try (KernelLocks.Held held = JavaLocks.INSTANCE.tryLock(file, 0600)) {
                assertThat(held).isNotNull();
                assertThat(JavaLocks.INSTANCE.tryLock(detour, 0600)).isNull();
                assertThat(JavaLocks.INSTANCE.isHeld(detour)).isTrue();
            }
        }
    }
}
