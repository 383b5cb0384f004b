package dev.tollgate.cli;

import dev.tollgate.cli.ServingGateway.Customer;
import dev.tollgate.domain.RequestId;
import dev.tollgate.testing.MessageHead;
import dev.tollgate.testing.RawClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/** One streamed answer, read as it comes; it knows when it had read how much. */
final class SlowStream implements AutoCloseable {
  /** What marks the requests of these. */
  static final int OUTPUT_TOKENS_MAX = 8_000;

  private static final JsonMapper JSON = new JsonMapper();

  private record Read(long atNanos, long textBytes) {}

  private final RawClient client;
  private final RequestId request;
  private final List<Read> reads = new ArrayList<>();
  private final Thread reader;

  private SlowStream(RawClient client, RequestId request) {
    this.client = client;
    this.request = request;
    this.reader = Thread.ofVirtual().start(this::read);
  }

  /**
   * @param prompt what the provider may know it by
   */
  static SlowStream start(ServingGateway gateway, Customer customer, String prompt)
      throws IOException {
    RawClient client = RawClient.connect(gateway.publicUrl());
    String body =
        """
        {"model":"llama-3.3-70b","max_tokens":%d,"stream":true,\
        "messages":[{"role":"user","content":"%s"}]}\
        """
            .formatted(OUTPUT_TOKENS_MAX, prompt);
    client.post("/v1/chat/completions", body, "authorization", "Bearer " + customer.key());
    MessageHead head = client.readHead();
    if (head.status() != 200) {
      throw new AssertionError(head);
    }
    return new SlowStream(client, new RequestId(String.valueOf(head.field("x-request-id"))));
  }

  private void read() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] piece = client.readBody(4_096); piece.length > 0; piece = client.readBody(4_096)) {
      all.writeBytes(piece);
      long bytes = textBytes(all.toString(StandardCharsets.UTF_8));
      synchronized (this) {
        reads.add(new Read(System.nanoTime(), bytes));
      }
    }
  }

  /** Of the model's own text in all events that are whole. */
  private static long textBytes(String stream) {
    return stream
        .substring(0, stream.lastIndexOf('\n') + 1)
        .lines()
        .filter(line -> line.startsWith("data: {"))
        .map(line -> JSON.readTree(line.substring("data: ".length())))
        .map(event -> event.at("/choices/0/delta/content").asString(""))
        .mapToLong(text -> text.getBytes(StandardCharsets.UTF_8).length)
        .sum();
  }

  RequestId request() {
    return request;
  }

  /** Of the text that had been read by then. */
  synchronized long textBytesAt(long nanos) {
    long bytes = 0;
    for (Read read : reads) {
      bytes = read.atNanos() - nanos <= 0 ? read.textBytes() : bytes;
    }
    return bytes;
  }

  synchronized long textBytes() {
    return reads.isEmpty() ? 0 : reads.getLast().textBytes();
  }

  /** Waits until the gateway sends no more. */
  void awaitEnd() throws InterruptedException {
    reader.join();
  }

  @Override
  public void close() throws IOException {
    client.close();
  }
}
