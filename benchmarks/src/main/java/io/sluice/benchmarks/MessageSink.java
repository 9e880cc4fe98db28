package io.sluice.benchmarks;

import org.agrona.DirectBuffer;

/** Where a receiver hands its messages. */
interface MessageSink {
    void onMessage(DirectBuffer buffer, int offset, int length);
}
