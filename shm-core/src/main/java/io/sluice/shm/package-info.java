/**
 * Shared memory for processes of one host: {@link io.sluice.shm.Domain} connects them, and what they share lives in it.
 */
@NullMarked
package io.sluice.shm;

import org.jspecify.annotations.NullMarked;
