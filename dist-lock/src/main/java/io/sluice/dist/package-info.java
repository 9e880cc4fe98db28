/** The reader-writer lock for processes on different hosts, on Redis. */
@NullMarked
package io.sluice.dist;

import org.jspecify.annotations.NullMarked;
