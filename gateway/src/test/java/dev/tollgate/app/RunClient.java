package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** A trusted backend that holds and settles with one key. */
final class RunClient {
  static final String METER = "{\"scopes\":[\"meter\"]}";

  private final GatewayForTests gateway;
  private final String key;

  RunClient(GatewayForTests gateway, String key) {
    this.gateway = gateway;
    this.key = key;
  }

  /** Of a new account with so much. */
  static RunClient withUsd(GatewayForTests gateway, String usd) throws IOException {
    return new RunClient(gateway, gateway.createKey(usd, METER));
  }

  String key() {
    return key;
  }

  RunClient at(GatewayForTests other) {
    return new RunClient(other, key);
  }

  HttpResponse<String> post(String path, String body, String... headers) throws IOException {
    return gateway.ask(key, "POST", "/v1/billing" + path, body, headers);
  }

  /** What a hold is answered, which must be well. */
  JsonNode hold(String body, String... headers) throws IOException {
    return data(201, post("/holds", body, headers));
  }

  static String run(long tokens) {
    return "{\"run\":{\"model\":\"toll-base\",\"epochs\":1,\"training_tokens\":%d}}"
        .formatted(tokens);
  }

  static String session(long tokens, int iterations) {
    return run(tokens).replace("}}", ",\"iterations\":%d}}".formatted(iterations));
  }

  static String amount(long cents) {
    return "{\"amount_cents\":%d}".formatted(cents);
  }

  static String tokens(long tokens) {
    return "{\"training_tokens\":%d}".formatted(tokens);
  }

  static String iteration(int number, long tokens) {
    return "{\"iteration\":%d,\"training_tokens\":%d}".formatted(number, tokens);
  }

  String holdRun(long tokens) throws IOException {
    return hold(run(tokens)).path("id").asString("");
  }

  HttpResponse<String> settle(String id, String body) throws IOException {
    return post("/holds/" + id + "/settle", body);
  }

  HttpResponse<String> release(String id) throws IOException {
    return post("/holds/" + id + "/release", "");
  }

  JsonNode show(String id) throws IOException {
    return data(200, gateway.ask(key, "GET", "/v1/billing/holds/" + id, null));
  }

  static JsonNode data(int status, HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    return AskedGateway.json(answer).path("data");
  }

  /** Balance, reserved, available and what was topped up, in cents. */
  List<Long> balance() throws IOException {
    JsonNode data = gateway.get(key, "/v1/billing/balance").path("data");
    List<Long> cents = new ArrayList<>();
    for (String name :
        List.of("balance_cents", "reserved_cents", "available_cents", "lifetime_topup_cents")) {
      cents.add(data.path(name).asLong());
    }
    return cents;
  }

  /** Kind and cents of each entry, the oldest first. */
  List<String> entries() throws IOException {
    List<String> entries = new ArrayList<>();
    gateway
        .get(key, "/v1/billing/transactions?per_page=100")
        .path("data")
        .forEach(
            entry ->
                entries.add(
                    0,
                    entry.path("kind").asString("") + " " + entry.path("amount_cents").asLong()));
    return entries;
  }
}
