package dev.tollgate.app;

import dev.tollgate.http.Json;
import dev.tollgate.openapi.AnswerWatch;
import dev.tollgate.openapi.ApiDescription.Port;
import dev.tollgate.testing.MessageHead;
import dev.tollgate.testing.RawClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * How tests speak with a gateway. Every answer that comes this way is held against
 * docs/openapi.yaml, and fails the test where it is another.
 */
abstract class AskedGateway implements AutoCloseable {
  private final HttpClient http = HttpClient.newHttpClient();
  private final AnswerWatch publicAnswers = new AnswerWatch(Port.PUBLIC);
  private final AnswerWatch opsAnswers = new AnswerWatch(Port.OPS);

  abstract URI publicUrl();

  abstract URI opsUrl();

  final String adminToken() {
    return GatewayFiles.ADMIN_TOKEN;
  }

  /** Which answers of the description have been seen, on both ports. */
  final Set<String> seenAnswers() {
    Set<String> seen = new TreeSet<>(publicAnswers.seen());
    seen.addAll(opsAnswers.seen());
    return seen;
  }

  // ---- byte by byte

  final RawClient connect() throws IOException {
    return RawClient.connect(publicUrl()).seenBy(publicAnswers);
  }

  /**
   * @param receiveBufferBytes of the kernel, to be a slow reader with
   */
  final RawClient connect(int receiveBufferBytes) throws IOException {
    return RawClient.connect(publicUrl(), receiveBufferBytes).seenBy(publicAnswers);
  }

  final RawClient connectTls(SSLContext trusting) throws IOException {
    return RawClient.connectTls(publicUrl(), trusting).seenBy(publicAnswers);
  }

  final RawClient connectOps() throws IOException {
    return RawClient.connect(opsUrl()).seenBy(opsAnswers);
  }

  // ---- as customers do

  /**
   * One call of the public port.
   *
   * @param headers names and values in turn
   */
  final HttpResponse<String> ask(
      String key, String method, String target, @Nullable String body, String... headers)
      throws IOException {
    return call(http, publicAnswers, publicUrl(), key, method, target, body, headers);
  }

  /** The same over TLS, where Java's client gets HTTP/2. */
  final HttpResponse<String> askOverTls(
      SSLContext trusting, String key, String method, String target, String... headers)
      throws IOException {
    try (HttpClient secured = HttpClient.newBuilder().sslContext(trusting).build()) {
      return call(secured, publicAnswers, publicUrl(), key, method, target, null, headers);
    }
  }

  /** The document at a path, to the holder of a key. */
  final JsonNode get(String key, String target) throws IOException {
    return document(ask(key, "GET", target, null));
  }

  // ---- as operators do

  final HttpResponse<String> askOps(
      String token, String method, String target, @Nullable String body, String... headers)
      throws IOException {
    return call(http, opsAnswers, opsUrl(), token, method, target, body, headers);
  }

  /** What an operator is answered, which must be well. */
  final JsonNode admin(String method, String path, @Nullable String body) throws IOException {
    return document(askOps(adminToken(), method, path, body));
  }

  /** The document at a path of the ops port. */
  final JsonNode ops(String path) throws IOException {
    return admin("GET", path, null);
  }

  final String metrics() throws IOException {
    return askOps(adminToken(), "GET", "/metrics", null).body();
  }

  /** What a metric without labels comes to. */
  final int counted(String name) throws IOException {
    return metrics()
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToInt(line -> (int) Double.parseDouble(line.substring(name.length())))
        .sum();
  }

  final String configDocument() throws IOException {
    return Json.write(ops("/admin/v1/config"));
  }

  /** What {@code /health/ready} says: its status and its body. */
  final String readiness() throws IOException {
    HttpResponse<String> answer = askOps("", "GET", "/health/ready", null);
    return answer.statusCode() + " " + answer.body();
  }

  private static HttpResponse<String> call(
      HttpClient client,
      AnswerWatch watch,
      URI port,
      String bearer,
      String method,
      String target,
      @Nullable String body,
      String... headers)
      throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(port + target))
            .header("authorization", "Bearer " + bearer)
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    try {
      HttpResponse<String> answer =
          client.send(request.build(), HttpResponse.BodyHandlers.ofString());
      watch.onAnswer(method, target, head(answer), answer.body().getBytes(StandardCharsets.UTF_8));
      return answer;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException(interrupted);
    }
  }

  private static MessageHead head(HttpResponse<String> answer) {
    List<MessageHead.Field> fields = new ArrayList<>();
    answer
        .headers()
        .map()
        .forEach(
            (name, values) ->
                values.forEach(value -> fields.add(new MessageHead.Field(name, value))));
    fields.removeIf(field -> field.name().startsWith(":"));
    return new MessageHead(new byte[0], "HTTP/1.1 " + answer.statusCode(), fields);
  }

  private static JsonNode document(HttpResponse<String> answer) throws IOException {
    if (answer.statusCode() / 100 != 2) {
      throw new IOException(
          answer.request().method()
              + " "
              + answer.uri().getPath()
              + ": "
              + answer.statusCode()
              + " "
              + answer.body());
    }
    return json(answer);
  }

  /** What an answer says, whatever its status. */
  static JsonNode json(HttpResponse<String> answer) {
    return Json.parse(answer.body().getBytes(StandardCharsets.UTF_8));
  }

  // ---- what is not so at once

  /** Waits for a condition, and fails after half a minute. */
  final void await(Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.call()) {
      if (System.nanoTime() > deadline) {
        throw new TimeoutException("the condition did not come true");
      }
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  @Override
  public void close() throws IOException {
    http.close();
  }
}
