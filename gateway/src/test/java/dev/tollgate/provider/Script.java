package dev.tollgate.provider;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What the provider does in answer to one request, step by step. Begin with {@link #of} to deliver
 * an {@link Answer}, well or badly, or with {@link #raw} or {@link #silence} to say something else.
 * When the steps are over the connection stays open for the next request, unless one of them closed
 * it.
 *
 * <pre>{@code
 * provider.on("/chat/completions", request -> Script.of(openAi.chat(request))
 *     .start().upTo(200).pauseMillis(50).reset());
 * }</pre>
 *
 * <p>A reset may overtake bytes that were written before it: await the peer's having read them
 * where that matters.
 */
public final class Script {
  private static final int WAIT_SECONDS_MAX = 30;

  @FunctionalInterface
  private interface Step {
    void play(Wire wire) throws IOException, InterruptedException;
  }

  private final List<Step> steps = new ArrayList<>();

  private Script() {}

  /** Has this answer to deliver; nothing is sent yet. */
  public static Script of(Answer answer) {
    return new Script().add(wire -> wire.answerWith(answer));
  }

  /** Sends these bytes as they are, be they HTTP or not. */
  public static Script raw(String text) {
    return new Script().bytes(text);
  }

  /** Never answers: waits until the other side has gone. */
  public static Script silence() {
    return new Script().add(Wire::awaitPeerGone);
  }

  /** Agrees to the WebSocket that is asked for, and does this on it. */
  public static Script socket(ProviderSocket.Talk talk) {
    return new Script().add(wire -> talk.talk(wire.openSocket()));
  }

  // The head.

  /**
   * Sends the answer's head: chunked for a stream, with its length else.
   *
   * @param fields names and values in turn, to be sent too
   */
  public Script start(String... fields) {
    return add(
        wire -> {
          if (wire.answer().isStreamed()) {
            wire.chunked();
            writeHead(wire, "transfer-encoding: chunked\r\n", fields);
          } else {
            wire.sized(wire.answer().length());
            writeHead(wire, "content-length: " + wire.answer().length() + "\r\n", fields);
          }
        });
  }

  /** Sends the head with a length that is off by that many bytes. */
  public Script startWithLengthOff(int bytes) {
    return add(
        wire -> {
          wire.sized(wire.answer().length() + bytes);
          writeHead(wire, "content-length: " + (wire.answer().length() + bytes) + "\r\n");
        });
  }

  /** Sends the head with both a length and chunks; the body that follows is chunked. */
  public Script startWithBothFramings() {
    return add(
        wire -> {
          wire.chunked();
          String length = "content-length: " + wire.answer().length() + "\r\n";
          writeHead(wire, length + "transfer-encoding: chunked\r\n");
        });
  }

  /** Sends the head without any framing: the body ends where {@link #end} closes. */
  public Script startUntilClose() {
    return add(
        wire -> {
          wire.untilClose();
          writeHead(wire, "connection: close\r\n");
        });
  }

  /** Sends the head of a chunked answer, stream or not. */
  public Script startChunked() {
    return add(
        wire -> {
          wire.chunked();
          writeHead(wire, "transfer-encoding: chunked\r\n");
        });
  }

  private static void writeHead(Wire wire, String framing, String... fields)
      throws IOException, InterruptedException {
    Answer answer = wire.answer();
    String reason = answer.status() == 200 ? "OK" : "Scripted";
    wire.write(
        "HTTP/1.1 %d %s\r\ncontent-type: %s\r\nx-request-id: fake-%d\r\n%s%s\r\n"
            .formatted(
                answer.status(),
                reason,
                answer.contentType(),
                wire.number,
                framing,
                fieldLines(fields)));
  }

  /** Sends a 1xx. */
  public Script interim(int status, String... fields) {
    return bytes("HTTP/1.1 %d Interim\r\n%s\r\n".formatted(status, fieldLines(fields)));
  }

  private static String fieldLines(String... fields) {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < fields.length; i += 2) {
      lines.append(fields[i]).append(": ").append(fields[i + 1]).append("\r\n");
    }
    return lines.toString();
  }

  // The body.

  /** Sends what is left of the answer, part by part. */
  public Script rest() {
    return add(
        wire -> {
          byte[] body = wire.answer().body();
          for (int i = 0; i < wire.answer().parts().size(); i++) {
            wire.writeAnswer(body, wire.answer().endOfPart(i));
          }
        });
  }

  /** Sends the answer up to that offset in its body. */
  public Script upTo(int offset) {
    return add(
        wire -> {
          byte[] body = wire.answer().body();
          wire.writeAnswer(body, Math.min(offset, body.length));
        });
  }

  /** Sends the answer up to the end of that many of its parts. */
  public Script parts(int count) {
    return add(wire -> wire.writeAnswer(wire.answer().body(), wire.answer().endOfPart(count - 1)));
  }

  /** Sends what is left of the answer, each stretch between two of these offsets by itself. */
  public Script cutAt(int... offsets) {
    for (int offset : offsets) {
      upTo(offset).pauseMillis(1);
    }
    return add(wire -> wire.writeAnswer(wire.answer().body(), wire.answer().length()));
  }

  /** From here on everything, framing included, is written in pieces of so many bytes. */
  public Script cutEvery(int bytes) {
    return add(wire -> wire.cutEvery(bytes, 0));
  }

  /** As {@link #cutEvery(int)}, with a pause after each piece. */
  public Script cutEvery(int bytes, long pauseMillis) {
    return add(wire -> wire.cutEvery(bytes, pauseMillis));
  }

  /** Sends body bytes that the answer does not have: an error event, a comment. */
  public Script insert(String text) {
    return add(wire -> wire.writeBody(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** Sends the same body bytes over and over: a very long answer. */
  public Script repeat(byte[] bytes, int times) {
    return add(
        wire -> {
          for (int i = 0; i < times; i++) {
            wire.writeBody(bytes);
          }
        });
  }

  /** Sends these bytes as they are, outside of any framing. */
  public Script bytes(String text) {
    return add(wire -> wire.write(text));
  }

  /** Sends what should be a chunk and is none, and closes. */
  public Script brokenChunk() {
    return bytes("zz\r\nnot a chunk\r\n").close();
  }

  /**
   * Ends the body in its framing; counts the answer as whole if it was.
   *
   * @param trailers names and values in turn; for a chunked body only
   */
  public Script end(String... trailers) {
    return add(wire -> wire.endBody(fieldLines(trailers)));
  }

  // Time, and the connection.

  public Script pauseMillis(long millis) {
    return add(wire -> Thread.sleep(millis));
  }

  /** Waits for the test; fails after half a minute. */
  public Script await(CountDownLatch latch) {
    return add(
        wire -> {
          if (!latch.await(WAIT_SECONDS_MAX, TimeUnit.SECONDS)) {
            throw new IOException("nobody released the script");
          }
        });
  }

  /** Tells the test that the script has come this far. */
  public Script announce(CountDownLatch latch) {
    return add(wire -> latch.countDown());
  }

  /** Reads the request's body, where the script was begun by its head alone. */
  public Script readBody() {
    return add(Wire::readBody);
  }

  /** Waits until the other side has hung up. */
  public Script awaitPeerGone() {
    return add(Wire::awaitPeerGone);
  }

  /** Closes in good order (FIN). */
  public Script close() {
    return add(Wire::close);
  }

  /** Resets the connection (RST). */
  public Script reset() {
    return add(Wire::reset);
  }

  private Script add(Step step) {
    steps.add(step);
    return this;
  }

  void play(Wire wire) throws IOException, InterruptedException {
    for (Step step : steps) {
      step.play(wire);
    }
  }
}
