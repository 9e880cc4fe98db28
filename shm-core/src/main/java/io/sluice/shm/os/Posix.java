package io.sluice.shm.os;

import com.sun.jna.Native;

/** The C library, by JNA direct mapping. Every variadic function is called with its full integer argument list. */
final class Posix {
    static final int O_RDONLY = 0;
    static final int O_RDWR = 2;
    static final int SEEK_END = 2;
    static final int PROT_READ_WRITE = 3;
    static final int MAP_SHARED = 1;
    static final int MAP_PRIVATE = 2;
    static final int MAP_FIXED = 0x10;
    static final int MAP_ANONYMOUS = 0x20;
    static final int MAP_NORESERVE = 0x4000;
    static final long MAP_FAILED = -1;

    static final int EINTR = 4;
    static final int EAGAIN = 11;
    static final int EACCES = 13;
    static final int ENOENT = 2;
    static final int ELOOP = 40;
    static final int ETIMEDOUT = 110;

    private static final boolean ARM = "aarch64".equals(System.getProperty("os.arch"));

    static final int O_CREAT = 0100;
    static final int O_CLOEXEC = 02000000;
    static final int O_NOFOLLOW = ARM ? 0100000 : 0400000;

    static final long SYS_FUTEX = ARM ? 98 : 202;
    static final long SYS_MEMBARRIER = ARM ? 283 : 324;

    static {
        Native.register(Posix.class, "c");
    }

    private Posix() {}

    static native int open(String path, int flags, int mode);

    static native int close(int fd);

    static native int fcntl(int fd, int command, long argument);

    static native long lseek(int fd, long offset, int whence);

    static native long mmap(long address, long length, int protection, int flags, int fd, long offset);

    static native int munmap(long address, long length);

    static native long syscall(long number, long a, long b, long c, long d, long e, long f);

    /** The error number of this thread's last call. */
    static int errno() {
        return Native.getLastError();
    }
}
