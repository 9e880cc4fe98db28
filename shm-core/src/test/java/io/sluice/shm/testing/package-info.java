/** What tests of several processes need: forked JVMs that are driven by lines, killed, stopped and resumed. */
@NullMarked
package io.sluice.shm.testing;

import org.jspecify.annotations.NullMarked;
