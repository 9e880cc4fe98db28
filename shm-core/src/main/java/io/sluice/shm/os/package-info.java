/**
 * What Sluice asks of the operating system: memory maps, file locks that die with their holder, futexes and memory
 * barriers. Native calls go through JNA and can be switched off with {@code -Dsluice.natives=off}; every service here
 * then has a plain Java form or says that it has none.
 *
 * <p>Building blocks for Sluice's own modules, not an API for applications.
 */
@NullMarked
package io.sluice.shm.os;

import org.jspecify.annotations.NullMarked;
