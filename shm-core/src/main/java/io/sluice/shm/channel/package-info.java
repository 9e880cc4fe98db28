/**
 * Channels: one memory-mapped ring in one file, from a publication to any number of subscriptions with positions of
 * their own. Start at {@link io.sluice.shm.channel.Channel}.
 */
@NullMarked
package io.sluice.shm.channel;

import org.jspecify.annotations.NullMarked;
