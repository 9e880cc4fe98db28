/**
 * Shared memory with a declared shape: files that are built whole or not at all, layouts declared once, accessors named
 * by their access mode, fences, and the rules by which memory is unmapped.
 *
 * <p>Convention: an accessor's name ends in its access mode. {@code Plain} orders nothing; {@code Opaque} is atomic
 * and eventually seen; {@code Acquire} pairs with {@code Release}; {@code Volatile} and every read-modify-write
 * ({@code cas}, {@code add}, {@code exchange}) are full fences. Offsets are bytes from the start of the mapping.
 *
 * <p>Building blocks for Sluice's own modules, not an API for applications.
 */
@NullMarked
package io.sluice.shm.memory;

import org.jspecify.annotations.NullMarked;
