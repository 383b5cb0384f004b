package dev.tollgate.cli;

import dev.tollgate.http.Json;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Talks to a running gateway for the commands. */
final class ApiClient {
  private static final Duration CONNECT_MAX = Duration.ofSeconds(5);
  private static final Duration ANSWER_MAX = Duration.ofSeconds(30);

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(CONNECT_MAX).build();
  private final String baseUrl;
  private final String token;

  /**
   * @param baseUrl with or without a trailing slash
   * @param token sent as a bearer token; never printed
   */
  ApiClient(String baseUrl, String token) {
    this.baseUrl = baseUrl.endsWith("/") ? baseUrl.substring(0, baseUrl.length() - 1) : baseUrl;
    this.token = token;
  }

  JsonNode get(String path) {
    return get(path, ANSWER_MAX);
  }

  /**
   * @param answerMax how long to wait for the answer
   */
  JsonNode get(String path, Duration answerMax) {
    return call("GET", path, null, null, answerMax);
  }

  JsonNode post(String path, Object body, @Nullable String idempotencyKey) {
    return call("POST", path, body, idempotencyKey);
  }

  JsonNode patch(String path, Object body) {
    return call("PATCH", path, body, null);
  }

  JsonNode delete(String path) {
    return call("DELETE", path, null, null);
  }

  private JsonNode call(
      String method, String path, @Nullable Object body, @Nullable String idempotencyKey) {
    return call(method, path, body, idempotencyKey, ANSWER_MAX);
  }

  private JsonNode call(
      String method,
      String path,
      @Nullable Object body,
      @Nullable String idempotencyKey,
      Duration answerMax) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address(path))
            .timeout(answerMax)
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(Json.write(body)));
    header(request, "Authorization", "Bearer " + token, "the token");
    if (body != null) {
      request.header("Content-Type", "application/json");
    }
    if (idempotencyKey != null) {
      header(request, "Idempotency-Key", idempotencyKey, "the idempotency key");
    }
    return answer(request.build());
  }

  /** Does not repeat the value: it may be a secret. */
  private static void header(HttpRequest.Builder request, String name, String value, String what) {
    try {
      request.header(name, value);
    } catch (IllegalArgumentException unsendable) {
      throw new CommandFailure(what + " has characters in it that no header can hold", null);
    }
  }

  /**
   * Posts a document as it is, and gives back the answer as it is, whatever its status.
   *
   * @param fields of the request, beside the token
   */
  HttpResponse<byte[]> exchange(String path, String body, Map<String, String> fields) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address(path))
            .timeout(ANSWER_MAX)
            .POST(HttpRequest.BodyPublishers.ofString(body));
    header(request, "Authorization", "Bearer " + token, "the token");
    fields.forEach((name, value) -> header(request, name, value, name));
    return send(request.build());
  }

  private HttpResponse<byte[]> send(HttpRequest request) {
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofByteArray());
    } catch (ConnectException refused) {
      throw new CommandFailure("no gateway answers at " + baseUrl, refused);
    } catch (IOException broken) {
      throw new CommandFailure("the call of " + baseUrl + " broke: " + broken.getMessage(), broken);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted", interrupted);
    }
  }

  private JsonNode answer(HttpRequest request) {
    HttpResponse<byte[]> response = send(request);
    JsonNode document;
    try {
      document = Json.parse(response.body());
    } catch (IllegalArgumentException notJson) {
      throw new CommandFailure(
          baseUrl + " answered " + response.statusCode() + " without JSON: is it a gateway?",
          notJson);
    }
    if (response.statusCode() / 100 != 2) {
      JsonNode error = document.path("error");
      String message = error.path("message").asString(document.path("message").asString(""));
      throw new CommandFailure(response.statusCode() + ": " + message, null);
    }
    return document;
  }

  private URI address(String path) {
    try {
      URI address = new URI(baseUrl + path);
      if (address.getHost() != null && String.valueOf(address.getScheme()).matches("https?")) {
        return address;
      }
    } catch (URISyntaxException notAUrl) {
      throw new CommandFailure("not a URL: " + baseUrl, notAUrl);
    }
    throw new CommandFailure("not a URL of a gateway: " + baseUrl, null);
  }
}
