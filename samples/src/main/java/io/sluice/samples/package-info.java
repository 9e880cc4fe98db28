/** Small programs that show how channels and locks are used. */
@NullMarked
package io.sluice.samples;

import org.jspecify.annotations.NullMarked;
