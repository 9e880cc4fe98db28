/** Tests of the commands as their users run them: in JVMs of their own. */
@NullMarked
package io.sluice.samples;

import org.jspecify.annotations.NullMarked;
