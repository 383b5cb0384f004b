package dev.tollgate.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Notices a client that takes none of the bytes that wait for it. Costs nothing as long as every
 * flush goes through at once. For use on the channel's event loop only.
 */
final class WriteStall {
  private final Channel channel;
  private final long stallMillisMax;
  private final Runnable stalled;
  private boolean watching;
  private @Nullable Object firstMessage;
  private long firstProgressBytes;
  private long pendingBytes;

  WriteStall(Channel channel, long stallMillisMax, Runnable stalled) {
    this.channel = channel;
    this.stallMillisMax = stallMillisMax;
    this.stalled = stalled;
  }

  /** To be called after a flush. */
  void flushed() {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    if (!watching && buffer != null && buffer.totalPendingWriteBytes() > 0) {
      watch(buffer);
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // runs on, and finds a closed channel
  private void watch(ChannelOutboundBuffer buffer) {
    watching = true;
    firstMessage = buffer.current();
    firstProgressBytes = buffer.currentProgress();
    pendingBytes = buffer.totalPendingWriteBytes();
    channel.eventLoop().schedule(this::check, stallMillisMax, TimeUnit.MILLISECONDS);
  }

  @SuppressWarnings("ReferenceEquality") // another buffer with the same bytes is progress
  private void check() {
    watching = false;
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    if (buffer == null || buffer.totalPendingWriteBytes() == 0) {
      firstMessage = null;
      return;
    }
    boolean moved =
        buffer.current() != firstMessage
            || buffer.currentProgress() != firstProgressBytes
            || buffer.totalPendingWriteBytes() < pendingBytes;
    if (moved) {
      watch(buffer);
    } else {
      firstMessage = null;
      stalled.run();
    }
  }
}
