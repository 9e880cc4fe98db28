/* The reader-writer lock of POSIX threads, shared by processes; readers go before waiting writers, as is the default. */
#include "program.h"

#include <pthread.h>

#ifndef KIND
#define KIND PTHREAD_RWLOCK_PREFER_READER_NP
#endif

typedef pthread_rwlock_t lock_type;

static void create(lock_type *lock);
static void lock_read(lock_type *lock);
static void unlock_read(lock_type *lock);
static void lock_write(lock_type *lock);
static void unlock_write(lock_type *lock);
static int lock_write_until(lock_type *lock, const struct timespec *end);

#include "lock.h"

static void create(lock_type *lock) {
    pthread_rwlockattr_t attributes;
    must(pthread_rwlockattr_init(&attributes), "pthread_rwlockattr_init");
    must(pthread_rwlockattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED), "pthread_rwlockattr_setpshared");
    must(pthread_rwlockattr_setkind_np(&attributes, KIND), "pthread_rwlockattr_setkind_np");
    must(pthread_rwlock_init(lock, &attributes), "pthread_rwlock_init");
    must(pthread_rwlockattr_destroy(&attributes), "pthread_rwlockattr_destroy");
}

static void lock_read(lock_type *lock) {
    must(pthread_rwlock_rdlock(lock), "pthread_rwlock_rdlock");
}

static void unlock_read(lock_type *lock) {
    must(pthread_rwlock_unlock(lock), "pthread_rwlock_unlock");
}

static void lock_write(lock_type *lock) {
    must(pthread_rwlock_wrlock(lock), "pthread_rwlock_wrlock");
}

static void unlock_write(lock_type *lock) {
    must(pthread_rwlock_unlock(lock), "pthread_rwlock_unlock");
}

static int lock_write_until(lock_type *lock, const struct timespec *end) {
    int error = pthread_rwlock_timedwrlock(lock, end);
    if (error == ETIMEDOUT) {
        return 0;
    }
    must(error, "pthread_rwlock_timedwrlock");
    return 1;
}
