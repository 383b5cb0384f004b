package dev.tollgate.cli;

import dev.tollgate.cli.ServingGateway.Customer;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Clients that buy one answer after the other, streamed and not in turn, until they are stopped or
 * the gateway is gone.
 */
final class ChatLoad implements AutoCloseable {
  private static final int CLIENTS = 8;

  private final ServingGateway gateway;
  private final Customer customer;
  private final AtomicInteger whole = new AtomicInteger();
  private final List<Future<?>> clients = new ArrayList<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private volatile boolean isStopped;

  private ChatLoad(ServingGateway gateway, Customer customer) {
    this.gateway = gateway;
    this.customer = customer;
  }

  static ChatLoad start(ServingGateway gateway, Customer customer) {
    ChatLoad load = new ChatLoad(gateway, customer);
    for (int i = 0; i < CLIENTS; i++) {
      boolean beginsStreamed = i % 2 == 0;
      load.clients.add(load.threads.submit(() -> load.buy(beginsStreamed)));
    }
    return load;
  }

  private void buy(boolean beginsStreamed) {
    boolean isStreamed = beginsStreamed;
    try (RawClient client = RawClient.connect(gateway.publicUrl())) {
      while (!isStopped) {
        ServingGateway.ask(client, customer, isStreamed);
        RawAnswer answer = client.readAnswer();
        if (answer.isWhole()) {
          if (answer.status() != 200) {
            throw new AssertionError(answer.status() + " " + answer.text());
          }
          whole.incrementAndGet();
        }
        isStreamed = !isStreamed;
      }
    } catch (IOException | UncheckedIOException gatewayIsGone) {
      // It has been killed, or has stopped.
    }
  }

  /** How many whole answers the clients have got. */
  int whole() {
    return whole.get();
  }

  /** Waits until the clients have got that many whole answers. */
  void awaitWhole(int answers) throws Exception {
    Within.seconds(60, answers + " answers", () -> whole() >= answers || isEnded());
    if (whole() < answers) {
      finish();
      throw new AssertionError("the load ended after " + whole() + " answers");
    }
  }

  private boolean isEnded() {
    return clients.stream().allMatch(Future::isDone);
  }

  /** Lets every client finish the answer that it waits for. */
  int finish() throws Exception {
    isStopped = true;
    for (Future<?> client : clients) {
      client.get(60, TimeUnit.SECONDS);
    }
    return whole();
  }

  @Override
  public void close() {
    isStopped = true;
    threads.shutdown();
  }
}
