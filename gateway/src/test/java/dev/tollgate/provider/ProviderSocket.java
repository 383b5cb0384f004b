package dev.tollgate.provider;

import dev.tollgate.testing.SocketFrames;
import dev.tollgate.testing.SocketFrames.Frame;
import dev.tollgate.testing.WireInput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** The provider's end of a WebSocket, to be driven by a {@link Talk}. For one thread. */
public final class ProviderSocket {
  /** What the provider does once the WebSocket is open. */
  @FunctionalInterface
  public interface Talk {
    void talk(ProviderSocket socket) throws IOException, InterruptedException;
  }

  private final Wire wire;
  private final WireInput in;
  private final List<Frame> received = new CopyOnWriteArrayList<>();
  private final ReceivedRequest request;

  ProviderSocket(Wire wire, WireInput in, ReceivedRequest request) {
    this.wire = wire;
    this.in = in;
    this.request = request;
  }

  /** The request that asked for it. */
  public ReceivedRequest request() {
    return request;
  }

  /** Every frame that has come. */
  public List<Frame> received() {
    return received;
  }

  /** The next frame; null when the other side has gone. */
  public @Nullable Frame frame() throws IOException {
    Frame frame = SocketFrames.read(in);
    if (frame != null) {
      received.add(frame);
      if (!frame.isMasked()) {
        throw new IOException("a frame to a server is masked");
      }
    }
    return frame;
  }

  /** The next whole message of text; null when there will be none. Closes are answered. */
  public @Nullable String message() throws IOException, InterruptedException {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    for (Frame frame = frame(); frame != null; frame = frame()) {
      switch (frame.opcode()) {
        case SocketFrames.CLOSE -> {
          write(SocketFrames.CLOSE, true, frame.payload());
          return null;
        }
        case SocketFrames.PING -> write(SocketFrames.PONG, true, frame.payload());
        case SocketFrames.PONG -> {}
        default -> {
          message.writeBytes(frame.payload());
          if (frame.isFinal()) {
            return message.toString(StandardCharsets.UTF_8);
          }
        }
      }
    }
    return null;
  }

  public void send(String text) throws IOException, InterruptedException {
    write(SocketFrames.TEXT, true, text.getBytes(StandardCharsets.UTF_8));
  }

  /** One message in fragments of that many bytes. */
  public void sendFragments(String text, int bytesEach) throws IOException, InterruptedException {
    byte[] all = text.getBytes(StandardCharsets.UTF_8);
    for (int from = 0; from < all.length; from += bytesEach) {
      int to = Math.min(all.length, from + bytesEach);
      write(
          from == 0 ? SocketFrames.TEXT : SocketFrames.CONTINUATION,
          to == all.length,
          Arrays.copyOfRange(all, from, to));
    }
  }

  public void close(int code, String reason) throws IOException, InterruptedException {
    write(SocketFrames.CLOSE, true, SocketFrames.closing(code, reason));
  }

  /** Any frame. */
  public void write(int opcode, boolean isFinal, byte[] payload)
      throws IOException, InterruptedException {
    raw(SocketFrames.frame(opcode, isFinal, false, payload));
  }

  public void raw(byte[] bytes) throws IOException, InterruptedException {
    wire.write(bytes);
  }

  /** Breaks the connection. */
  public void reset() throws IOException {
    wire.reset();
  }

  /**
   * Waits until the other side has gone, its close being answered; gives what it sent meanwhile.
   */
  public List<Frame> awaitGone() throws IOException, InterruptedException {
    List<Frame> rest = new ArrayList<>();
    try {
      for (Frame frame = frame(); frame != null; frame = frame()) {
        rest.add(frame);
        if (frame.opcode() == SocketFrames.CLOSE) {
          write(SocketFrames.CLOSE, true, frame.payload());
        }
      }
    } catch (IOException reset) {
      // gone, too
    }
    return rest;
  }
}
