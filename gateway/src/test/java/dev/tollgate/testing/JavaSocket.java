package dev.tollgate.testing;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;

/** A WebSocket of Java's own client. */
public final class JavaSocket implements AutoCloseable {
  private static final int SECONDS_MAX = 20;

  private final HttpClient http;
  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
  private final WebSocket socket;

  private JavaSocket(HttpClient http, URI uri, String key)
      throws InterruptedException, ExecutionException, TimeoutException {
    this.http = http;
    socket =
        http.newWebSocketBuilder()
            .header("authorization", "Bearer " + key)
            .buildAsync(uri, new Hearing(heard))
            .get(SECONDS_MAX, TimeUnit.SECONDS);
  }

  public static JavaSocket open(URI uri, String key)
      throws InterruptedException, ExecutionException, TimeoutException {
    return new JavaSocket(HttpClient.newHttpClient(), uri, key);
  }

  /** Over TLS. */
  public static JavaSocket open(SSLContext trusting, URI uri, String key)
      throws InterruptedException, ExecutionException, TimeoutException {
    return new JavaSocket(HttpClient.newBuilder().sslContext(trusting).build(), uri, key);
  }

  private static final class Hearing implements WebSocket.Listener {
    private final BlockingQueue<String> heard;
    private final StringBuilder part = new StringBuilder();

    Hearing(BlockingQueue<String> heard) {
      this.heard = heard;
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      part.append(data);
      if (last) {
        heard.add(part.toString());
        part.setLength(0);
      }
      from.request(1);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
      heard.add("closed " + code + " " + reason);
      return CompletableFuture.completedFuture(null);
    }
  }

  public void send(String text) throws InterruptedException, ExecutionException, TimeoutException {
    socket.sendText(text, true).get(SECONDS_MAX, TimeUnit.SECONDS);
  }

  public void sendClose(int code, String reason)
      throws InterruptedException, ExecutionException, TimeoutException {
    socket.sendClose(code, reason).get(SECONDS_MAX, TimeUnit.SECONDS);
  }

  /** The next message with that in it; a close is {@code closed 1000 bye}. */
  public String await(String part) throws InterruptedException {
    while (true) {
      String message = heard.poll(SECONDS_MAX, TimeUnit.SECONDS);
      if (message == null) {
        throw new AssertionError("nothing of " + part);
      } else if (message.contains(part)) {
        return message;
      }
    }
  }

  @Override
  public void close() {
    socket.abort();
    http.shutdownNow();
  }
}
