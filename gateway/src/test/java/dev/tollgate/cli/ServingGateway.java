package dev.tollgate.cli;

import dev.tollgate.domain.Money;
import dev.tollgate.testing.RawClient;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * A process that is ready, and how to reach it.
 *
 * @param publicPort as it was printed, like the other
 */
record ServingGateway(TollgateProcess process, int publicPort, int opsPort) {
  /** An account with a key. */
  record Customer(String account, String key) {}

  URI publicUrl() {
    return URI.create("http://127.0.0.1:" + publicPort);
  }

  String opsUrl() {
    return "http://127.0.0.1:" + opsPort;
  }

  ApiClient admin() {
    return new ApiClient(opsUrl(), GatewayFolder.ADMIN_TOKEN);
  }

  /** Whether it says that it is: all of its connections to the ledger are up. */
  boolean isReady() {
    try {
      return admin().get("/health/ready").path("status").asString().equals("ready");
    } catch (CommandFailure notReady) {
      return false;
    }
  }

  /** Whether nothing waits in its journal, nor to be archived, as far as it knows. */
  boolean isAtRest() {
    try {
      JsonNode health = admin().get("/health/ready");
      return health.path("journal").path("depth").asInt(-1) == 0
          && !health.path("journal").path("replaying").asBoolean(true)
          && health.path("archive").path("events_waiting").asInt(-1) == 0
          && health.path("archive").path("status").asString().equals("ok");
    } catch (CommandFailure notReady) {
      return false;
    }
  }

  Customer customerWithUsd(int usd) {
    String account =
        admin().post("/admin/v1/accounts", Map.of("name", "test"), null).path("id").asString();
    String path = "/admin/v1/accounts/" + account;
    admin().post(path + "/credits", Map.of("amount_usd", usd, "kind", "topup"), null);
    String key = admin().post(path + "/keys", Map.of(), null).path("key").asString();
    return new Customer(account, key);
  }

  long balanceNanoUsd(Customer customer) {
    return nanoUsd(customer, "balance_usd");
  }

  long heldNanoUsd(Customer customer) {
    return nanoUsd(customer, "held_usd");
  }

  private long nanoUsd(Customer customer, String field) {
    JsonNode account = admin().get("/admin/v1/accounts/" + customer.account());
    return Money.ofUsd(account.path(field).decimalValue());
  }

  /** Waits until nothing is held for the customer any more. */
  void awaitSettled(Customer customer) throws Exception {
    Within.seconds(30, "all is settled", () -> heldNanoUsd(customer) == 0);
  }

  /** Sends a chat call that says who pays for it; the answer is the caller's to read. */
  static void ask(RawClient client, Customer customer, boolean isStreamed) throws IOException {
    String body =
        """
        {"model":"llama-3.3-70b","max_tokens":100,"stream":%s,"user":"%s",\
        "messages":[{"role":"user","content":"Hello"}]}\
        """
            .formatted(isStreamed, customer.account());
    client.post("/v1/chat/completions", body, "authorization", "Bearer " + customer.key());
  }
}
