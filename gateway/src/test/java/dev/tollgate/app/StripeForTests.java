package dev.tollgate.app;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.extension.ResponseDefinitionTransformerV2;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.http.Request;
import com.github.tomakehurst.wiremock.http.ResponseDefinition;
import com.github.tomakehurst.wiremock.stubbing.ServeEvent;
import dev.tollgate.http.Json;
import java.net.URLDecoder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Stripe's side of payments, by the shapes of its published API: what is asked twice under one
 * idempotency key is done once. It can be told to decline, to fail, or to say nothing.
 */
final class StripeForTests implements AutoCloseable {
  static final String SECRET_KEY = "sk_test_for_tests_only";
  static final String WEBHOOK_SECRET = "whsec_for_tests_only";

  /** A call as it came. */
  record Call(String method, String path, String idempotencyKey, Map<String, String> form) {
    String field(String name) {
      String value = form.get(name);
      if (value == null) {
        throw new AssertionError("no " + name + " in " + form);
      }
      return value;
    }
  }

  private final WireMockServer server;
  private final List<Call> calls = new CopyOnWriteArrayList<>();
  private final Map<String, String> bodies = new ConcurrentHashMap<>();
  private final Map<String, Map<String, String>> intents = new ConcurrentHashMap<>();
  private volatile String charge = "succeeded";
  private volatile int failure;
  private volatile boolean isDoneAllTheSame;
  private volatile boolean isHangingUp;
  private volatile CountDownLatch held = new CountDownLatch(0);

  private StripeForTests() {
    this.server =
        new WireMockServer(
            options().bindAddress("127.0.0.1").dynamicPort().extensions(new Answering()));
    server.stubFor(any(anyUrl()).willReturn(aResponse().withTransformers("stripe")));
    server.start();
  }

  static StripeForTests start() {
    return new StripeForTests();
  }

  /** The configuration of a gateway that takes payments with it, as YAML lines. */
  String yaml() {
    return """
    public_url: https://gateway.example
    payments:
      provider: stripe
      secret_key: %s
      webhook_secret: %s
      api_base: http://127.0.0.1:%d
    """
        .formatted(SECRET_KEY, WEBHOOK_SECRET, server.port());
  }

  /** Bounds that tests have the time for, as YAML lines. */
  static String limits() {
    return "payments: { connect_millis_max: 1s, read_millis_max: 3s, retries_max: 0 }\n";
  }

  // ---- what it is told to do

  /** {@code succeeded}, {@code processing} or {@code declined}: what becomes of saved methods. */
  void charging(String outcome) {
    charge = outcome;
  }

  /** Answers with this status from here on; 0 for as it should. */
  void failing(int status) {
    failure = status;
  }

  /** Does what it is asked, and yet answers with 500; until told otherwise. */
  void losingAnswers(boolean isLosing) {
    isDoneAllTheSame = isLosing;
  }

  /** Does what it is asked, and hangs up without an answer; until told otherwise. */
  void hangingUp(boolean isHanging) {
    isHangingUp = isHanging;
  }

  /** Says nothing until {@link #letGo}. */
  void hold() {
    held = new CountDownLatch(1);
  }

  void letGo() {
    held.countDown();
  }

  // ---- what it was asked

  List<Call> calls(String method, String path) {
    return calls.stream()
        .filter(call -> call.method().equals(method) && call.path().startsWith(path))
        .toList();
  }

  /** How many different things it has done at a path. */
  long done(String path) {
    return calls("POST", path).stream().map(Call::idempotencyKey).distinct().count();
  }

  /** What was written on a charge. */
  void knows(String intent, Map<String, String> metadata) {
    intents.put(intent, metadata);
  }

  // ---- how it answers

  private final class Answering implements ResponseDefinitionTransformerV2 {
    @Override
    public String getName() {
      return "stripe";
    }

    @Override
    public boolean applyGlobally() {
      return false;
    }

    @Override
    public ResponseDefinition transform(ServeEvent event) {
      Request request = event.getRequest();
      String auth = request.getHeader("authorization");
      if (!("Bearer " + SECRET_KEY).equals(auth)) {
        return answer(401, error("invalid_request_error", "", "who are you?"));
      }
      Call call = call(request);
      calls.add(call);
      try {
        held.await();
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
      if (failure != 0) {
        return answer(failure, error("api_error", "", "told to"));
      }
      if (call.idempotencyKey().isEmpty()) {
        return look(call);
      }
      String body =
          bodies.computeIfAbsent(
              call.path() + " " + call.idempotencyKey(), first -> Json.write(act(call)));
      if (isHangingUp) {
        return aResponse().withFault(Fault.EMPTY_RESPONSE).build();
      }
      if (isDoneAllTheSame) {
        return answer(500, error("api_error", "", "lost"));
      }
      boolean isDeclined = body.contains("\"error\"");
      return answer(isDeclined ? 402 : 200, body);
    }
  }

  private static Call call(Request request) {
    Map<String, String> form = new LinkedHashMap<>();
    for (String pair : request.getBodyAsString().split("&", -1)) {
      String[] sides = pair.split("=", 2);
      if (sides.length == 2) {
        form.put(URLDecoder.decode(sides[0], UTF_8), URLDecoder.decode(sides[1], UTF_8));
      }
    }
    String key = request.getHeader("idempotency-key");
    return new Call(request.getMethod().getName(), request.getUrl(), key == null ? "" : key, form);
  }

  private ResponseDefinition look(Call call) {
    if (call.path().startsWith("/v1/refunds")) {
      List<String> refunds =
          bodies.entrySet().stream()
              .filter(entry -> entry.getKey().startsWith("/v1/refunds "))
              .map(Map.Entry::getValue)
              .filter(body -> call.path().contains(field(body, "payment_intent")))
              .toList();
      return answer(200, "{\"object\":\"list\",\"data\":[" + String.join(",", refunds) + "]}");
    }
    String intent = call.path().substring(call.path().lastIndexOf('/') + 1);
    Map<String, String> metadata = intents.get(intent);
    return metadata == null
        ? answer(404, error("invalid_request_error", "resource_missing", "no such intent"))
        : answer(
            200,
            Json.write(Map.of("id", intent, "object", "payment_intent", "metadata", metadata)));
  }

  private static String field(String body, String name) {
    return Json.parse(body.getBytes(UTF_8)).path(name).asString("");
  }

  private Map<String, ?> act(Call call) {
    String rest = call.idempotencyKey().replaceFirst("^[a-z]+_", "");
    return switch (call.path()) {
      case "/v1/checkout/sessions" -> {
        Map<String, Object> session = new LinkedHashMap<>();
        session.put("id", "cs_test_" + rest);
        session.put("object", "checkout.session");
        session.put(
            "amount_total", Long.parseLong(call.field("line_items[0][price_data][unit_amount]")));
        session.put("currency", call.field("line_items[0][price_data][currency]"));
        session.put("url", "https://checkout.stripe.com/c/pay/cs_test_" + rest);
        yield session;
      }
      case "/v1/payment_intents" -> {
        Map<String, Object> intent = new LinkedHashMap<>();
        intent.put("id", "pi_" + rest);
        intent.put("object", "payment_intent");
        intent.put("amount", Long.parseLong(call.field("amount")));
        intent.put("status", charge.equals("declined") ? "requires_payment_method" : charge);
        yield charge.equals("declined")
            ? Map.of(
                "error",
                Map.of(
                    "type", "card_error",
                    "code", "card_declined",
                    "message", "Your card was declined.",
                    "payment_intent", intent))
            : intent;
      }
      case "/v1/refunds" -> {
        Map<String, Object> refund = new LinkedHashMap<>();
        refund.put("id", "re_" + rest);
        refund.put("object", "refund");
        refund.put("amount", Long.parseLong(call.field("amount")));
        refund.put("currency", "usd");
        refund.put("payment_intent", call.field("payment_intent"));
        refund.put("status", "pending");
        refund.put(
            "metadata",
            Map.of(
                "refund",
                call.field("metadata[refund]"),
                "payment",
                call.field("metadata[payment]")));
        yield refund;
      }
      default -> throw new AssertionError("Stripe was asked for " + call.path());
    };
  }

  private static String error(String type, String code, String message) {
    return Json.write(Map.of("error", Map.of("type", type, "code", code, "message", message)));
  }

  private static ResponseDefinition answer(int status, @Nullable String body) {
    return aResponse()
        .withStatus(status)
        .withHeader("content-type", "application/json")
        .withBody(body)
        .build();
  }

  @Override
  public void close() {
    letGo();
    server.stop();
  }
}
