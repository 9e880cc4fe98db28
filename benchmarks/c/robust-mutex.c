/* The mutex of POSIX threads, shared by processes, that the kernel passes on when its holder dies; readers have none. */
#include "program.h"

#include <pthread.h>

typedef pthread_mutex_t lock_type;

static void create(lock_type *lock);
static void lock_read(lock_type *lock);
static void unlock_read(lock_type *lock);
static void lock_write(lock_type *lock);
static void unlock_write(lock_type *lock);
static int lock_write_until(lock_type *lock, const struct timespec *end);

#include "lock.h"

static void create(lock_type *lock) {
    pthread_mutexattr_t attributes;
    must(pthread_mutexattr_init(&attributes), "pthread_mutexattr_init");
    must(pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED), "pthread_mutexattr_setpshared");
    must(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST), "pthread_mutexattr_setrobust");
    must(pthread_mutex_init(lock, &attributes), "pthread_mutex_init");
    must(pthread_mutexattr_destroy(&attributes), "pthread_mutexattr_destroy");
}

static int locked(lock_type *lock, int error) {
    if (error == ETIMEDOUT) {
        return 0;
    }
    if (error == EOWNERDEAD) {
        error = pthread_mutex_consistent(lock);
    }
    must(error, "pthread_mutex_lock");
    return 1;
}

static void lock_write(lock_type *lock) {
    locked(lock, pthread_mutex_lock(lock));
}

static void unlock_write(lock_type *lock) {
    must(pthread_mutex_unlock(lock), "pthread_mutex_unlock");
}

static void lock_read(lock_type *lock) {
    lock_write(lock);
}

static void unlock_read(lock_type *lock) {
    unlock_write(lock);
}

static int lock_write_until(lock_type *lock, const struct timespec *end) {
    return locked(lock, pthread_mutex_timedlock(lock, end));
}
