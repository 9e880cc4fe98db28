/** Memory-ordering tests of the shared-memory protocols, run by JCStress. */
@NullMarked
package io.sluice.jcstress;

import org.jspecify.annotations.NullMarked;
