package dev.tollgate.cli;

import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.ledger.RedisServerForTests;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.testing.FaultyLink;
import dev.tollgate.testing.FaultyLink.Fault;
import dev.tollgate.testing.FaultyLink.Moment;
import java.io.IOException;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;

/**
 * A gateway in a process, before a fake provider and on a Redis that outlives it, with a link
 * between the two that kills it at a chosen step of a chosen script. Leases and checkpoints are
 * short. Close it at the end of the test.
 */
final class GatewayToKill {
  private static final String LIMITS =
      """
      limits:
        requests: { lease_millis: 2s, checkpoint_millis: 400ms }
        reaper: { reap_millis: 200ms }
      """;

  /** Something that may fail. */
  @FunctionalInterface
  interface Act {
    void run() throws Exception;
  }

  private final RedisServerForTests server;
  private final FaultyLink link;
  private final FakeProvider provider;
  private final GatewayFolder folder;
  private ServingGateway serving;

  private GatewayToKill(Path directory, long seed) throws Exception {
    server = RedisServerForTests.start();
    link = FaultyLink.to(server.socket());
    provider = FakeProvider.start(seed);
    folder = GatewayFolder.of(directory, provider);
    folder.replace("redis: embedded", "redis: \"" + link.uri() + "\"");
    folder.replace("rate_card: rates.yaml\n", "rate_card: rates.yaml\n" + LIMITS);
    serving = folder.serve();
  }

  /**
   * @param seed of what the provider answers
   */
  static GatewayToKill start(Path directory, long seed) throws Exception {
    return new GatewayToKill(directory, seed);
  }

  FakeProvider provider() {
    return provider;
  }

  GatewayFolder folder() {
    return folder;
  }

  /** The process that serves now. */
  ServingGateway serving() {
    return serving;
  }

  /** Another process on the same data. */
  void serveAgain() throws Exception {
    serving = folder.serve();
  }

  /**
   * Kills it the next time that it sends that script.
   *
   * @param before comes before the kill, which waits for it
   * @param fault what becomes of the script
   */
  void trap(String script, Moment moment, Fault fault, Act before) {
    TollgateProcess process = serving.process();
    link.trap(
        script,
        moment,
        () -> {
          try {
            before.run();
            process.kill();
            process.awaitExit();
          } catch (Exception failure) {
            throw new AssertionError(failure);
          }
          return fault;
        });
  }

  /** Waits until it has been killed. */
  void awaitKilled() throws Exception {
    link.awaitSprung();
  }

  /** Waits until the ledger has been told all that the journal has. */
  void awaitJournalEmpty() throws Exception {
    Within.seconds(30, "the journal is empty", this::isJournalEmpty);
  }

  private boolean isJournalEmpty() {
    JsonNode journal = serving.admin().get("/health/ready").path("journal");
    return journal.path("depth").asInt(-1) == 0 && !journal.path("replaying").asBoolean(true);
  }

  /** The ledger's Redis, past the link. */
  RedisForTests redis() throws IOException {
    return RedisForTests.open(RedisForTests.settings(server.uri()), 1);
  }

  void close() throws Exception {
    folder.close();
    provider.close();
    link.close();
    server.close();
  }
}
