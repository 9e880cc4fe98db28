/**
 * Measures Sluice beside its peers, every contender in processes of its own.
 *
 * <p>{@link io.sluice.benchmarks.Main} names the suites. A suite whose contenders are processes hands its scenarios to
 * {@link io.sluice.benchmarks.Rounds}, which interleaves the contenders, probes the placement of the cores and
 * collects a {@link io.sluice.benchmarks.Comparison}; {@link io.sluice.benchmarks.Report} prints it.
 */
@NullMarked
package io.sluice.benchmarks;

import org.jspecify.annotations.NullMarked;
