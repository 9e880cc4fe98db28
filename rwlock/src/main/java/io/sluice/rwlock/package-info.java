/** A writer-preferring reader-writer lock, on the heap and in shared memory. */
@NullMarked
package io.sluice.rwlock;

import org.jspecify.annotations.NullMarked;
